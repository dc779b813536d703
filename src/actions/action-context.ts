import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type { Artifact, LocalArtifact } from "../core/artifacts/artifact.ts"
import { Artifacts } from "../core/artifacts/artifacts.ts"
import type { Match, SendOptions } from "../core/console/console.ts"
import { makeShell, type CommandOptions, type CommandResult } from "../core/console/shell.ts"
import type { Pattern } from "../core/console/pattern.ts"
import type { Device } from "../core/lab/device.ts"
import { CurrentJob, type JobServices } from "../core/lab/services.ts"
import { remainingSeconds } from "../core/pipeline/deadline.ts"
import { CanceledError, type DispatchError, messageOf } from "../core/pipeline/errors.ts"
import { type CaseResultEvent, log, type LogLevel, report } from "../core/pipeline/events.ts"
import { type DataKey, findData, getData, setData } from "../core/pipeline/job-data.ts"
import { asError } from "../core/pipeline/run.ts"
import { hostCommand } from "../core/power/host-command.ts"
import { Power } from "../core/power/power.ts"
import { DeviceShell, deviceConsole, waitFor } from "./connection.ts"
import { resetByPower } from "./power/reset-device.ts"

/** How a wait on the console differs from the usual: see `waitFor`. */
export type WaitKeys = Parameters<typeof waitFor>[2]

/**
 * What the function of an action that `defineAction` makes may use. Everything that takes time ends with the action's
 * time or the job's cancellation, as a rejection; the errors are LAVA's classes.
 */
export interface ActionContext {
  /** The device of the job. Its plugin knows its parameters from the planner. */
  readonly device: Device
  /** The job: `directory` is a temporary directory of its own, gone with it. */
  readonly job: { readonly id: string; readonly name: string; readonly directory: string }
  /** Aborted when the job is canceled, the action's time is up, or its function has ended: for `fetch` and the like. */
  readonly signal: AbortSignal
  /** Seconds left to the action. */
  readonly remainingSeconds: () => number
  /** The device's serial console, opened by the first who uses it. */
  readonly console: {
    /** Types text. */
    readonly send: (text: string, options?: SendOptions) => Promise<void>
    /** Types text and the Enter key. */
    readonly sendLine: (text: string, options?: SendOptions) => Promise<void>
    /**
     * Waits, as long as the action has time, for the first of some patterns in what no earlier wait has taken; its
     * `name` says which it was. A kernel's panic, a reset or a lost connection ends the wait as an error.
     *
     * @param what reads in "waited 30 s for ...": "the loader's prompt"
     */
    readonly expect: (
      what: string,
      patterns: ReadonlyArray<Pattern>,
      options?: WaitKeys,
    ) => Promise<Match>
    /** Forgets what was not read: what was written before a reset is another life's. */
    readonly discard: () => Promise<void>
  }
  /** The shell that a login has left, or `open`. */
  readonly shell: {
    /** Runs a command in it, to its exit status and its output. */
    readonly run: (command: string, options?: CommandOptions) => Promise<CommandResult>
    /** Runs a command that must succeed: else a JobError. */
    readonly check: (command: string, options?: CommandOptions) => Promise<CommandResult>
    /** Waits for the prompt of a POSIX shell and takes it; later actions have it, too, tests among them. */
    readonly open: (prompts: ReadonlyArray<Pattern>) => Promise<void>
  }
  /** The device's power, by the lab's commands. */
  readonly power: {
    readonly on: () => Promise<void>
    readonly off: () => Promise<void>
    /** Resets the device with its console open, so that nothing of its boot is lost, and forgets what was before. */
    readonly reset: () => Promise<void>
  }
  /** Downloads, verifies and decompresses what a job names; answers where it is on this machine until the job ends. */
  readonly fetch: (artifact: Artifact) => Promise<LocalArtifact>
  /**
   * Runs a program on this machine that must succeed, as a flash tool: else an InfrastructureError with the end of
   * what it said. It is killed with all that it started when the action ends.
   *
   * @param what what it does, as it reads in "cannot ...": "write the image"
   * @param command the program and its arguments, with no shell in between
   */
  readonly command: (what: string, command: ReadonlyArray<string>) => Promise<void>
  /** What actions leave for later ones, by the keys of `dataKey`. */
  readonly data: {
    /** A value that an earlier action has left; a BugError where none has. */
    readonly get: <A>(key: DataKey<A>) => A
    readonly find: <A>(key: DataKey<A>) => A | undefined
    readonly set: <A>(key: DataKey<A>, value: A) => void
  }
  /** Writes a message into the job's log. */
  readonly log: (level: LogLevel, message: string) => void
  /** Puts a result into the job's results. */
  readonly report: (result: Omit<CaseResultEvent, "type">) => void
  /** Is called when the job ends, however it ends and when the device is off already; for at most a minute. */
  readonly atEnd: (cleanUp: () => void | Promise<void>) => void
  /** Runs an Effect with all that an action can ask for, as any that this package exports. */
  readonly effect: <A>(effect: Effect.Effect<A, DispatchError, JobServices>) => Promise<A>
}

/** What is to be done at a job's end may take this long. */
const cleanUpSeconds = 60

/** @param signal aborted when nothing may be done any more */
export const makeActionContext = (
  services: Context.Context<JobServices>,
  signal: AbortSignal,
): ActionContext => {
  const { device, id, name, directory } = Effect.runSync(
    Effect.provideContext(Effect.service(CurrentJob), services),
  )
  const now = <A>(effect: Effect.Effect<A, DispatchError, JobServices>): A => {
    const exit = Effect.runSyncExit(Effect.provideContext(effect, services))
    if (Exit.isSuccess(exit)) return exit.value
    throw asError(exit.cause)
  }
  const settled = async <A>(effect: Effect.Effect<A, DispatchError, JobServices>): Promise<A> => {
    if (signal.aborted) throw new CanceledError({ message: "the action is over" })
    const exit = await Effect.runPromiseExit(Effect.provideContext(effect, services), { signal })
    if (Exit.isSuccess(exit)) return exit.value
    throw asError(exit.cause)
  }
  const effect: ActionContext["effect"] = (wanted) => {
    const promise = settled(wanted)
    // Who does not wait for it must not bring the whole process down with it.
    promise.catch(() => {})
    return promise
  }
  return {
    device,
    job: { id, name, directory },
    signal,
    remainingSeconds: () => now(remainingSeconds),
    console: {
      send: (text, options) =>
        effect(Effect.flatMap(deviceConsole, (console) => console.send(text, options))),
      sendLine: (text, options) =>
        effect(Effect.flatMap(deviceConsole, (console) => console.sendLine(text, options))),
      expect: (what, patterns, options) => effect(waitFor(what, patterns, options)),
      discard: () => effect(Effect.flatMap(deviceConsole, ({ discard }) => discard)),
    },
    shell: {
      run: (command, options) =>
        effect(Effect.flatMap(getData(DeviceShell), (shell) => shell.run(command, options))),
      check: (command, options) =>
        effect(Effect.flatMap(getData(DeviceShell), (shell) => shell.check(command, options))),
      open: (prompts) =>
        effect(
          Effect.gen(function* () {
            yield* waitFor("the shell's prompt", prompts, { promptFrom: "system" })
            yield* setData(DeviceShell, yield* makeShell(yield* deviceConsole, prompts))
          }),
        ),
    },
    power: {
      on: () => effect(Effect.flatMap(Power, ({ on }) => on)),
      off: () => effect(Effect.flatMap(Power, ({ off }) => off)),
      reset: () => effect(resetByPower(device)),
    },
    fetch: (artifact) => effect(Effect.flatMap(Artifacts, ({ fetch }) => fetch(artifact))),
    command: (what, command) =>
      effect(
        Effect.flatMap(remainingSeconds, (seconds) => hostCommand(what, [...command], seconds)),
      ),
    data: {
      get: (key) => now(getData(key)),
      find: (key) => now(findData(key)),
      set: (key, value) => now(setData(key, value)),
    },
    log: (level, message) => now(log(level, message)),
    report: (result) => now(report(result)),
    atEnd: (cleanUp) =>
      now(
        Effect.addFinalizer(() =>
          Effect.tryPromise({ try: async () => cleanUp(), catch: messageOf }).pipe(
            Effect.timeoutOrElse({
              duration: cleanUpSeconds * 1000,
              orElse: () => Effect.fail(`it did not end within ${cleanUpSeconds} s`),
            }),
            Effect.catch((why) => log("warning", `what was to be done at the job's end: ${why}`)),
          ),
        ),
      ),
    effect,
  }
}
