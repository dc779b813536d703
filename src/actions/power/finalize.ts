import * as Effect from "effect/Effect"
import type { Device } from "../../core/lab/device.ts"
import type { JobServices } from "../../core/lab/services.ts"
import { type Action, action, always } from "../../core/pipeline/action.ts"
import { InfrastructureError } from "../../core/pipeline/errors.ts"
import { part } from "../../core/pipeline/part.ts"
import { Power, whatSwitches } from "../../core/power/power.ts"
import { inTime } from "./in-time.ts"

/**
 * What every job ends with, however it ends: the device is switched off. Fails with InfrastructureError, which says that
 * the device may still be on and by which command it was to be switched off, also where the job is told to hurry.
 */
export const finalize = (device: Device): Action<JobServices> =>
  always(
    action({
      name: "finalize",
      description: whatSwitches(device.power, "off")
        ? "switch the device off, close its console"
        : "close the device's console (the lab file does not say how to switch it off)",
      // LAVA's limit for its clean-up.
      timeoutSeconds: 300,
      run: Effect.gen(function* () {
        const switching = whatSwitches(device.power, "off")
        if (switching === undefined) return
        const power = yield* Power
        const notOff = (why: string, cause?: unknown) =>
          Effect.fail(
            new InfrastructureError({ message: `${device.name} may still be on: ${why}`, cause }),
          )
        const off = inTime(
          power.off.pipe(Effect.catch((error) => notOff(error.message, error))),
          (time) => notOff(`${switching} did not switch it off ${time}`),
        )
        yield* part("power-off", off)
      }),
    }),
  )
