import * as Effect from "effect/Effect"
import type { Device } from "../../core/lab/device.ts"
import type { JobServices } from "../../core/lab/services.ts"
import { type Action, action } from "../../core/pipeline/action.ts"
import { ConfigurationError, type DispatchError } from "../../core/pipeline/errors.ts"
import { powerCycle } from "../../core/power/cycle.ts"
import { Power, type PowerSettings } from "../../core/power/power.ts"
import { deviceConsole } from "../connection.ts"
import { type SoftRebootKeys, softReboot } from "./soft-reboot.ts"

/**
 * Brings the device to its firmware, whatever state it is in, by the lab's power commands; where it has none, by
 * the job's `soft_reboot`. What its console said before belongs to its life before.
 *
 * Throws ConfigurationError where neither says how.
 */
export const resetDevice = (
  { name, power }: Device,
  keys: SoftRebootKeys = {},
): Action<JobServices> => {
  if (!power && keys.soft_reboot) return softReboot(keys.soft_reboot, keys)
  if (!power) {
    throw new ConfigurationError({
      message: `${name} must be reset for this, but the lab file does not say how: give it a "power" section, or the job's boot a "soft_reboot"`,
      device: name,
    })
  }
  const commands = power.reset ? [power.reset] : [power.off, power.on]
  return action({
    name: "reset-device",
    description: "reset the device by its power",
    details: commands.flatMap((command) => (command ? [`run ${command.join(" ")}`] : [])),
    timeoutSeconds: 120,
    run: resetByPower(power),
  })
}

/**
 * Resets a device by its power, with its console open: what that said before belongs to its life before. Fails as the
 * console and the switch do.
 */
export const resetByPower = (
  power: PowerSettings | undefined,
): Effect.Effect<void, DispatchError, JobServices> =>
  Effect.gen(function* () {
    const { discard } = yield* deviceConsole
    const port = yield* Power
    // Where it is off in between, that is where the one life ends: the switch may take its time.
    if (power && !power.reset) return yield* powerCycle(port, power.off_seconds, discard)
    yield* discard
    yield* port.reset
  })
