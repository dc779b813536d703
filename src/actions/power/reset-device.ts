import * as Effect from "effect/Effect"
import { endsWithDevice } from "../../core/lab/connection.ts"
import type { Device } from "../../core/lab/device.ts"
import { Connection, type JobServices } from "../../core/lab/services.ts"
import { type Action, action } from "../../core/pipeline/action.ts"
import { ConfigurationError, type DispatchError } from "../../core/pipeline/errors.ts"
import { part } from "../../core/pipeline/part.ts"
import { powerCycle } from "../../core/power/cycle.ts"
import {
  Power,
  powerPrograms,
  type PowerSettings,
  type PowerSwitch,
  whatSwitches,
} from "../../core/power/power.ts"
import { type SoftRebootKeys, softReboot } from "./soft-reboot.ts"

/**
 * Brings the device to its firmware, whatever state it is in, by the lab's power commands; where it has none, by
 * the job's `soft_reboot`. What its console said before belongs to its life before.
 *
 * Throws ConfigurationError where neither says how.
 */
export const resetDevice = (device: Device, keys: SoftRebootKeys = {}): Action<JobServices> => {
  const { name, power } = device
  if (!power && keys.soft_reboot) return softReboot(keys.soft_reboot, keys)
  if (!power || !(power.off || whatSwitches(power, "reset"))) {
    throw new ConfigurationError({
      message: `${name} must be reset for this, but the lab file does not say how: give it a "power" section, or the job's boot a "soft_reboot"`,
      device: name,
    })
  }
  const steps: ReadonlyArray<PowerSwitch> = isCycled(power) ? ["off", "on"] : ["reset"]
  return action({
    name: "reset-device",
    description: "reset the device by its power",
    details: steps.map((step) => `by ${whatSwitches(power, step)}`),
    programs: powerPrograms(power),
    timeoutSeconds: 120,
    run: part("pdu-reboot", resetByPower(device)),
  })
}

/**
 * Resets a device by its power: what its console said before belongs to its life before. A console that outlives
 * the device is open by then, so that nothing of its new life is missed. Fails as the console and the switch do.
 */
export const resetByPower = (device: Device): Effect.Effect<void, DispatchError, JobServices> =>
  Effect.gen(function* () {
    const { power } = device
    const { console, endLife } = yield* Connection
    const port = yield* Power
    if (!endsWithDevice(device)) yield* console
    // Where it is off in between, that is where the one life ends: the switch may take its time.
    if (power && isCycled(power)) return yield* powerCycle(port, power.off_seconds, endLife)
    yield* endLife
    yield* port.reset
  })

/** Whether the device is reset by off and on. */
const isCycled = ({ off, reset }: PowerSettings): boolean => off !== undefined && !reset
