import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { CanceledError, type InfrastructureError } from "../pipeline/errors.ts"
import { type Events, log } from "../pipeline/events.ts"
import { holderOf, inOrder, type Reservable, reservableName, reserve } from "./reservation.ts"

/** How often what is in use is asked for, in ms. */
const pollMs = 1000

/**
 * Takes all that a job needs, as `reserve` does, in the order in which all jobs do, but waits for what is in use:
 * LAVA's `timeouts.queue`. The job's log tells when each is had, and when it is free again.
 *
 * Fails with CanceledError, which names the holder, when something was not free for so long.
 *
 * @param holder who takes it, as others will read it
 * @param seconds the longest wait, for all together
 */
export const reserveWithin = (
  wanted: ReadonlyArray<Reservable>,
  holder: string,
  seconds: number,
): Effect.Effect<void, InfrastructureError | CanceledError, Scope.Scope | Events> =>
  Effect.gen(function* () {
    const deadline = (yield* Clock.currentTimeMillis) + seconds * 1000
    for (const what of inOrder(wanted)) {
      const name = reservableName(what)
      let reserved = false
      const free = log("debug", `${name} is free again`)
      // First to come, last to go: it is said when the reservation is given back.
      yield* Effect.addFinalizer(() => (reserved ? free : Effect.void))
      yield* reserveUntil(what, holder, { seconds, deadline })
      reserved = true
      yield* log("debug", `${name} is reserved for the job`)
    }
  })

const reserveUntil = (
  what: Reservable,
  holder: string,
  { seconds, deadline }: { readonly seconds: number; readonly deadline: number },
): Effect.Effect<void, InfrastructureError | CanceledError, Scope.Scope | Events> =>
  Effect.gen(function* () {
    const name = reservableName(what)
    let told = false
    for (;;) {
      const taken = yield* Effect.result(reserve(what, holder))
      if (taken._tag === "Success") return
      // Undefined where it has just become free, or cannot be reserved for another reason.
      const other = yield* holderOf(what)
      if ((yield* Clock.currentTimeMillis) >= deadline) {
        if (other === undefined || seconds === 0) return yield* taken.failure
        return yield* new CanceledError({
          message: `${name} was still in use by ${other} after ${seconds} s, as long as the job was to wait in the queue`,
        })
      }
      if (other !== undefined && !told) {
        yield* log("info", `${name} is in use by ${other}: waiting until it is free`)
        told = true
      }
      yield* Effect.sleep(pollMs)
    }
  })
