import * as path from "node:path"
import { mkdirSync } from "node:fs"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { InfrastructureError, messageOf } from "../pipeline/errors.ts"
import { BufferedFile } from "../buffered-file.ts"
import { makeByteMask } from "./byte-mask.ts"

/** Where and under which name a console is recorded. */
export interface RecorderOptions {
  /** Directory of the job's output; made when it is missing. */
  readonly directory: string
  /** The console's name, as `uart0`: the files are `uart0.log`, `uart0.input` and `uart0.timing`. */
  readonly name: string
  /** What must not be recorded: `[MASKED]` stands in its place. */
  readonly secrets?: Iterable<string>
  /** Told once, when the recording cannot go on (a full disk, say). The console goes on without it. */
  readonly onError?: (message: string) => void
}

/** Takes down what goes through a console. The bytes must not change after they were given. */
export interface Recorder {
  readonly output: (bytes: Uint8Array) => void
  readonly input: (bytes: Uint8Array) => void
}

/**
 * Records a console until the scope closes: `NAME.log` has the bytes that came from the device, and
 * nothing else (secrets blanked); `NAME.input` those that were sent to it; `NAME.timing` when each came, in the
 * multi-stream format of script(1). A recording is played by
 * `scriptreplay --log-out <(echo; cat NAME.log) --log-timing NAME.timing`
 * (scriptreplay skips a header line, which the log does not have).
 *
 * Writes are buffered for at most 0.1 s; the files are whole however the process exits, short of
 * being killed. Fails with InfrastructureError when the files cannot be made.
 */
export const openRecorder = (
  options: RecorderOptions,
): Effect.Effect<Recorder, InfrastructureError, Scope.Scope> =>
  Effect.gen(function* () {
    const { directory, name, onError } = options
    let told = false
    const tell = (error: Error) => {
      if (!told)
        onError?.(
          `the recording of the console ${name} stopped: ${error.message}; check the space in ${directory}`,
        )
      told = true
    }
    const [log, input, timing] = yield* Effect.all([
      openFile(options, "log", tell),
      openFile(options, "input", tell),
      openFile(options, "timing", tell),
    ])
    timing.write(`H 0.000000 START_TIME ${new Date().toISOString()}\n`)
    let last = performance.now()
    const take = (stream: "I" | "O", file: BufferedFile) => (bytes: Uint8Array) => {
      const now = performance.now()
      file.write(bytes)
      timing.write(`${stream} ${((now - last) / 1000).toFixed(6)} ${bytes.length}\n`)
      last = now
    }
    return {
      output: yield* masked(take("O", log), options.secrets),
      input: yield* masked(take("I", input), options.secrets),
    }
  })

/** Blanks secrets on the way; what is held back to see whether it is one comes when the Scope closes. */
const masked = (
  take: (bytes: Uint8Array) => void,
  secrets: Iterable<string> = [],
): Effect.Effect<(bytes: Uint8Array) => void, never, Scope.Scope> => {
  const mask = makeByteMask(secrets)
  if (!mask) return Effect.succeed(take)
  const takeSome = (bytes: Uint8Array) => {
    if (bytes.length > 0) take(bytes)
  }
  return Effect.as(
    Effect.addFinalizer(() => Effect.sync(() => takeSome(mask.end()))),
    (bytes: Uint8Array) => takeSome(mask.push(bytes)),
  )
}

const openFile = (
  { directory, name }: RecorderOptions,
  suffix: string,
  onError: (error: Error) => void,
): Effect.Effect<BufferedFile, InfrastructureError, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.try({
      try: () => {
        mkdirSync(directory, { recursive: true })
        return new BufferedFile(path.join(directory, `${name}.${suffix}`), onError)
      },
      catch: (cause) =>
        new InfrastructureError({
          message: `the console ${name} cannot be recorded in ${directory}: ${messageOf(cause)}; check that the directory can be written`,
          cause,
        }),
    }),
    (file) => Effect.promise(() => file.close()),
  )
