import * as Effect from "effect/Effect"
import { ConfigurationError, InfrastructureError, JobError } from "../pipeline/errors.ts"
import type { ArtifactError } from "./artifact.ts"

/**
 * Runs plain asynchronous code as an Effect. Interruption aborts the signal and waits until the code
 * has ended, so that nothing of it outlives the Effect. An error of the operating system becomes an
 * InfrastructureError; anything unforeseen is a defect.
 */
export const abortable = <A>(
  run: (signal: AbortSignal) => Promise<A>,
): Effect.Effect<A, ArtifactError> =>
  Effect.callback<A, ArtifactError>((resume) => {
    const controller = new AbortController()
    const ended = run(controller.signal).then(
      (value) => resume(Effect.succeed(value)),
      (error: unknown) => resume(failure(error)),
    )
    return Effect.promise(() => {
      controller.abort()
      return ended
    })
  })

const failure = (error: unknown): Effect.Effect<never, ArtifactError> => {
  if (
    error instanceof InfrastructureError ||
    error instanceof JobError ||
    error instanceof ConfigurationError
  )
    return Effect.fail(error)
  if (error instanceof Error && "syscall" in error)
    return Effect.fail(
      new InfrastructureError({
        message: `the artifact cache cannot be used: ${error.message}; check the directory's owner and the free space`,
        cause: error,
      }),
    )
  return Effect.die(error)
}
