import * as Effect from "effect/Effect"
import { reserve } from "../core/lab/reservation.ts"
import { ConfigurationError, InfrastructureError } from "../core/pipeline/errors.ts"
import { makePower, type PowerSwitch, whatSwitches } from "../core/power/power.ts"
import { findDevice } from "./find-lab.ts"
import type { LabOptions } from "./options.ts"

/** The options of `dispatch power`. */
export interface PowerOptions extends LabOptions {
  readonly force?: true
}

/**
 * Switches a device, unless a job has it. Answers the exit code; rejects with InfrastructureError where that
 * fails or the device is in use, with ConfigurationError where there is no such device or no such switch.
 */
export const power = async (
  what: PowerSwitch,
  name: string,
  { lab, force }: PowerOptions,
): Promise<number> => {
  const device = await findDevice(lab, name)
  if (device.power && what !== "reset" && whatSwitches(device.power, what) === undefined) {
    throw new ConfigurationError({
      message: `${name} cannot be switched ${what}: its "power" in the lab file has only "reset"`,
    })
  }
  const reserved = reserve(device, `dispatch power ${what}, process ${process.pid}`).pipe(
    Effect.mapError(
      ({ message }) =>
        new InfrastructureError({ message: `${message}; --force switches it all the same` }),
    ),
  )
  await Effect.runPromise(
    Effect.scoped(Effect.andThen(force ? Effect.void : reserved, makePower(device.power)[what])),
  )
  process.stdout.write(`${name}: ${what}\n`)
  return 0
}
