import * as Effect from "effect/Effect"
import type { Device } from "../../core/lab/device.ts"
import type { JobServices } from "../../core/lab/services.ts"
import { type Action, action, always } from "../../core/pipeline/action.ts"
import { InfrastructureError } from "../../core/pipeline/errors.ts"
import { Hurry } from "../../core/pipeline/hurry.ts"
import { Power } from "../../core/power/power.ts"

/** A hurried end gives the power switch this long. */
const hurriedSeconds = 5

/** What every job ends with, however it ends: the device is switched off. */
export const finalize = (device: Device): Action<JobServices> =>
  always(
    action({
      name: "finalize",
      description: device.power?.off
        ? "switch the device off, close its console"
        : "close the device's console (the lab file does not say how to switch it off)",
      // LAVA's limit for its clean-up.
      timeoutSeconds: 300,
      run: Effect.gen(function* () {
        if (!device.power?.off) return
        const power = yield* Power
        const hurried = yield* Hurry
        yield* Effect.raceFirst(
          power.off,
          hurried.pipe(
            Effect.andThen(Effect.sleep(hurriedSeconds * 1000)),
            Effect.andThen(
              Effect.fail(
                new InfrastructureError({
                  message: `${device.name} was not switched off: its power switch did not answer within ${hurriedSeconds} s and the job was told to hurry`,
                }),
              ),
            ),
          ),
        )
      }),
    }),
  )
