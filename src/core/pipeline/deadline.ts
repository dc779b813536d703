import * as Context from "effect/Context"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"

/** When the running action must be done, in milliseconds since 1970. */
export const CurrentDeadline = Context.Reference<number>("lab-dispatch/CurrentDeadline", {
  defaultValue: () => Number.POSITIVE_INFINITY,
})

/**
 * Seconds left to the running action, for a wait inside it: so that the wait itself, which knows what
 * it waited for, reports the timeout.
 */
export const remainingSeconds: Effect.Effect<number> = Effect.gen(function* () {
  const deadline = yield* CurrentDeadline
  const now = yield* Clock.currentTimeMillis
  return Math.max(0, (deadline - now) / 1000)
})

/**
 * The longest that the device may take for an answer to the running action, in seconds, where the job or the
 * lab says it: LAVA's connection timeout.
 */
export const CurrentConnectionLimit = Context.Reference<number | undefined>(
  "lab-dispatch/CurrentConnectionLimit",
  { defaultValue: () => undefined },
)

/** Seconds for a wait for the device's answer to what was typed: as `remainingSeconds`, within that limit. */
export const answerSeconds: Effect.Effect<number> = Effect.gen(function* () {
  const limit = yield* CurrentConnectionLimit
  return Math.min(yield* remainingSeconds, limit ?? Number.POSITIVE_INFINITY)
})
