import * as Effect from "effect/Effect"
import type { JobServices } from "../core/lab/services.ts"
import { type Action, action } from "../core/pipeline/action.ts"
import {
  BugError,
  type DispatchError,
  InfrastructureError,
  isDispatchError,
  messageOf,
} from "../core/pipeline/errors.ts"
import { type ActionContext, makeActionContext } from "./action-context.ts"

/** A function that is told to stop has this long for its `finally`, in milliseconds. */
const stoppingMs = 2000

/**
 * A single step from an async function; `action` is the form for Effects. It runs on the device of the job, within its
 * time limit:
 *
 * ```ts
 * defineAction({
 *   name: "enter-loader",
 *   description: "stop the boot loader at its prompt",
 *   timeoutSeconds: 30,
 *   run: async ({ console, power }) => {
 *     await power.reset()
 *     await console.expect("the loader", [{ name: "loader", pattern: "press x to stop" }], { allowReset: true })
 *     await console.send("x")
 *   },
 * })
 * ```
 *
 * What the function throws ends the action: an error of LAVA's classes (`JobError`, `InfrastructureError` ...) as it
 * is, an error of this machine's system (a file, a connection) as InfrastructureError, all else as BugError. When its
 * time is up or the job is canceled, what it waits for in its context rejects and `signal` is aborted; from then on
 * the context does nothing more.
 */
export const defineAction = ({
  run,
  ...spec
}: Omit<Action, "children" | "run"> & {
  readonly run: (context: ActionContext) => Promise<void> | void
}): Action<JobServices> =>
  action({
    ...spec,
    run: Effect.flatMap(Effect.context<JobServices>(), (services) =>
      Effect.callback<void, DispatchError>((resume) => {
        const stop = new AbortController()
        const ended = (async () => run(makeActionContext(services, stop.signal)))().then(
          () => resume(Effect.void),
          (thrown: unknown) => resume(Effect.fail(asDispatchError(thrown))),
        )
        void ended.then(() => stop.abort())
        const stopped = Effect.suspend(() => {
          stop.abort()
          return Effect.promise(() => ended)
        })
        return Effect.timeoutOption(stopped, stoppingMs)
      }),
    ),
  })

const asDispatchError = (thrown: unknown): DispatchError => {
  if (isDispatchError(thrown)) return thrown
  const message = messageOf(thrown)
  const failed = systemError(thrown)
  if (failed === undefined) {
    return new BugError({ message: `a mistake in a plugin: ${message}`, cause: thrown })
  }
  const why = failed === thrown ? "" : `: ${messageOf(failed)}`
  return new InfrastructureError({ message: message + why, cause: thrown })
}

/** The error of a system call that a thrown error is or comes from: `fetch` wraps it. */
const systemError = (thrown: unknown): Error | undefined => {
  if (!(thrown instanceof Error)) return undefined
  return "syscall" in thrown ? thrown : systemError(thrown.cause)
}
