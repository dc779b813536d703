import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { CanceledError, type InfrastructureError } from "../pipeline/errors.ts"
import { type Events, log } from "../pipeline/events.ts"
import type { Device } from "./device.ts"
import { holderOf, reserve } from "./reservation.ts"

/** How often a device that is in use is asked for, in ms. */
const pollMs = 1000

/**
 * Takes a device for one job, as `reserve` does, but waits for one that is in use: LAVA's `timeouts.queue`.
 *
 * Fails with CanceledError, which names the holder, when it was not free for so long.
 *
 * @param holder who takes it, as others will read it
 */
export const reserveWithin = (
  device: Device,
  holder: string,
  seconds: number,
): Effect.Effect<void, InfrastructureError | CanceledError, Scope.Scope | Events> =>
  Effect.gen(function* () {
    const deadline = (yield* Clock.currentTimeMillis) + seconds * 1000
    let told = false
    for (;;) {
      const taken = yield* Effect.result(reserve(device, holder))
      if (taken._tag === "Success") return
      // Undefined where it has just become free, or cannot be reserved for another reason.
      const other = yield* holderOf(device)
      if ((yield* Clock.currentTimeMillis) >= deadline) {
        if (other === undefined || seconds === 0) return yield* taken.failure
        return yield* new CanceledError({
          message: `${device.name} was in use by ${other} for ${seconds} s, as long as the job was to wait in the queue`,
        })
      }
      if (other !== undefined && !told) {
        yield* log("info", `${device.name} is in use by ${other}: waiting until it is free`)
        told = true
      }
      yield* Effect.sleep(pollMs)
    }
  })
