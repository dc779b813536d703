import * as Effect from "effect/Effect"
import * as z from "zod"
import type { Match } from "../../core/console/matcher.ts"
import type { Pattern } from "../../core/console/pattern.ts"
import { PatternText } from "../../core/console/pattern-text.ts"
import type { JobServices } from "../../core/lab/services.ts"
import { type DispatchError, InfrastructureError } from "../../core/pipeline/errors.ts"
import { waitFor } from "../connection.ts"

/** What a device type says of how its boots are followed: keys for the zod object of a plugin's `parameters`. */
export const BootWatchParameters = {
  kernel_start_message: PatternText.optional().describe(
    "What tells that the kernel has taken over from the boot loader: a regular expression; a firmware banner after it is a failure",
  ),
  error_messages: z
    .array(PatternText)
    .default([])
    .describe("What the boot loader prints when it gives up: regular expressions"),
}

/** How a boot from firmware to a system is followed. */
export interface BootWatch {
  /** What the firmware or boot loader prints when it gives up: regular expressions. */
  readonly errorMessages: ReadonlyArray<string>
  /** What tells that the kernel has taken over; a reset after it is a failure. */
  readonly kernelStart: string | undefined
  /** The device was not reset: its system may have been at its prompt for days, and says so when Enter is pressed. */
  readonly isUp?: true
  /** The kernel has taken over. */
  readonly hasStarted?: true
}

/** How to follow the boots of a device, as its type says. */
export const bootWatch = (parameters: {
  readonly kernel_start_message?: string | undefined
  readonly error_messages: ReadonlyArray<string>
}): BootWatch => ({
  errorMessages: parameters.error_messages,
  kernelStart: parameters.kernel_start_message,
})

/** How a wait may end. */
interface BootWaitOptions {
  /** A kernel panic is not a failure. */
  readonly allowPanic?: boolean
}

/**
 * Waits from the reset on for what a booted system shows. The firmware's banner is expected until the
 * kernel has started, and a failure after that; what the boot loader says when it gives up ends the
 * wait at once.
 */
export const waitForSystem = (
  what: string,
  patterns: ReadonlyArray<Pattern>,
  watch: BootWatch,
  options: BootWaitOptions = {},
): Effect.Effect<Match, DispatchError, JobServices> =>
  Effect.gen(function* () {
    const now = yield* kernelStarted(watch, options)
    return yield* expecting(what, patterns, now, {
      ...options,
      allowReset: !now.hasStarted,
      promptFrom: now.isUp || now.hasStarted ? "system" : undefined,
    })
  })

/**
 * Waits until the kernel has taken over, where the device type says what tells that: how to follow what comes then.
 *
 * @param upAt what tells it as well, a login prompt: with `quiet` on its command line, which Debian's installer puts
 *   there, a kernel does not say that it starts
 */
export const kernelStarted = (
  watch: BootWatch,
  options: BootWaitOptions = {},
  upAt: ReadonlyArray<Pattern> = [],
): Effect.Effect<BootWatch, DispatchError, JobServices> => {
  const { kernelStart, ...after } = watch
  if (kernelStart === undefined) return Effect.succeed(watch)
  const started = { name: "kernel", pattern: new RegExp(kernelStart) }
  return Effect.as(
    expecting(`the kernel to start ("${kernelStart}")`, [started, ...upAt], watch, {
      ...options,
      allowReset: true,
    }),
    { ...after, kernelStart: undefined, hasStarted: true as const },
  )
}

const expecting = (
  what: string,
  wanted: ReadonlyArray<Pattern>,
  { errorMessages }: BootWatch,
  options: Parameters<typeof waitFor>[2],
): Effect.Effect<Match, DispatchError, JobServices> =>
  Effect.gen(function* () {
    const givesUp = errorMessages.map((message): Pattern => ({
      name: "boot-error",
      pattern: new RegExp(message),
    }))
    const match = yield* waitFor(what, [...wanted, ...givesUp], options)
    if (match.name !== "boot-error") return match
    return yield* gaveUp(`while ${what} was awaited`, match.text)
  })

/** Fails with InfrastructureError where one of a boot loader's error messages is in what it answered to a command. */
export const refuseBootError = (
  command: string,
  answer: string,
  { errorMessages }: Pick<BootWatch, "errorMessages">,
): Effect.Effect<void, InfrastructureError> => {
  const text = errorMessages
    .map((message) => new RegExp(message).exec(`${answer}\n`)?.[0])
    .find((found) => found !== undefined)
  return text === undefined ? Effect.void : gaveUp(`at "${command}"`, text)
}

const gaveUp = (when: string, text: string) =>
  Effect.fail(
    new InfrastructureError({ message: `the boot loader gave up ${when}: "${text.trim()}"` }),
  )
