import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { Console, Match } from "../core/console/console.ts"
import type { FirmwarePrompt } from "../core/console/firmware-prompt.ts"
import type { Pattern } from "../core/console/pattern.ts"
import { pressEnterWhenQuiet } from "../core/console/typing.ts"
import type { Shell } from "../core/console/shell.ts"
import { Connection, type JobServices } from "../core/lab/services.ts"
import { type Action, action } from "../core/pipeline/action.ts"
import { answerSeconds, remainingSeconds } from "../core/pipeline/deadline.ts"
import type { DispatchError } from "../core/pipeline/errors.ts"
import { dataKey } from "../core/pipeline/job-data.ts"
import { isRefusal } from "../core/ssh/connect.ts"

/**
 * The shell that the device is in, of a system that was booted: the master's, later that of the system under test.
 * Actions take it with `getData(DeviceShell)`.
 */
export const DeviceShell = dataKey<Shell>("a shell on the device", "connection")

/** A boot loader's prompt, at which the console is. */
export interface AtBootLoader {
  readonly prompt: FirmwarePrompt
  /** What it prints when it starts, a regular expression, where that is known: it came back from a reset. */
  readonly startMessage: string | undefined
}

/**
 * The boot loader's prompt that the device is at, where no system was booted: left by the boot method `bootloader`.
 * Actions take it with `findData(BootLoaderPrompt)`.
 */
export const BootLoaderPrompt = dataKey<AtBootLoader | undefined>(
  "the boot loader's prompt",
  "connection",
)

/**
 * Opens the device's console, so that a console which cannot be opened is known before anything is powered.
 *
 * @param options.isStarting the console is a login on the device, which may be on its way up: tried until it answers
 */
export const connectDevice = ({
  isStarting = false,
}: {
  readonly isStarting?: boolean
} = {}): Action<JobServices> =>
  action({
    name: "connect-device",
    description: isStarting ? "log in as soon as the device lets us" : "open the device's console",
    ...(!isStarting && { timeoutSeconds: 30 }),
    run: Effect.asVoid(isStarting ? untilItAnswers : deviceConsole),
  })

/** Pause before a device that is on its way up is asked again, in seconds. */
const askAgainSeconds = 1

const untilItAnswers: Effect.Effect<Console, DispatchError, JobServices> = Effect.gen(function* () {
  for (;;) {
    const answer = yield* Effect.result(deviceConsole)
    if (Result.isSuccess(answer)) return answer.success
    const error = answer.failure
    const isOver = (yield* remainingSeconds) <= askAgainSeconds
    if (error._tag !== "InfrastructureError" || isRefusal(error) || isOver) return yield* error
    yield* Effect.sleep(askAgainSeconds * 1000)
  }
})

/** The device's console. Fails as `Connection` does. */
export const deviceConsole: Effect.Effect<Console, DispatchError, JobServices> = Effect.gen(
  function* () {
    const connection = yield* Connection
    return yield* connection.console
  },
)

/** A system that waits for input has nothing to say for so long, in ms. */
const quietMs = 5000

/**
 * Waits for the first of some patterns for as long as the running action has. Fails as `Console.expect` does: with
 * JobError where none comes in time, the kernel panics or the device is reset, with InfrastructureError where the
 * connection is lost.
 *
 * @param what reads in "waited 30 s for ...": "the login prompt"
 * @param options.allowReset a firmware's banner does not end the wait
 * @param options.allowPanic a kernel's panic does not end the wait
 * @param options.isAnswer what is awaited answers what was typed: LAVA's connection timeout holds, too
 * @param options.promptFrom "system": patterns are prompts of a system that runs, which shows them again when
 *   Enter is pressed while it is quiet. Not for firmware, whose autoboot Enter would stop.
 */
export const waitFor = (
  what: string,
  patterns: ReadonlyArray<Pattern>,
  {
    promptFrom,
    isAnswer,
    ...options
  }: {
    readonly allowReset?: boolean
    readonly allowPanic?: boolean
    readonly isAnswer?: boolean
    readonly promptFrom?: "system" | undefined
  } = {},
): Effect.Effect<Match, DispatchError, JobServices> =>
  Effect.gen(function* () {
    const console = yield* deviceConsole
    const timeoutSeconds = yield* isAnswer ? answerSeconds : remainingSeconds
    const expected = console.expect({ what, patterns, timeoutSeconds, ...options })
    return yield* promptFrom === "system"
      ? Effect.raceFirst(expected, pressEnterWhenQuiet(console, quietMs))
      : expected
  })
