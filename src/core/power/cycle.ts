import * as Effect from "effect/Effect"
import type { PowerPort } from "./power.ts"

/**
 * Resets a device by switching it off and on again. Fails as the switches do.
 *
 * @param offSeconds how long it is off
 * @param whileOff done just before it comes on again
 */
export const powerCycle = (
  { on, off }: Pick<PowerPort, "on" | "off">,
  offSeconds: number,
  whileOff: Effect.Effect<void> = Effect.void,
): PowerPort["reset"] =>
  Effect.gen(function* () {
    yield* off
    yield* Effect.sleep(offSeconds * 1000)
    yield* whileOff
    yield* on
  })
