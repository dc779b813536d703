import * as Effect from "effect/Effect"
import type { Device } from "../../core/lab/device.ts"
import { flashedBy, forgetFlashed } from "../../core/lab/flashed.ts"
import { Connection, type JobServices } from "../../core/lab/services.ts"
import { type Action, action, always } from "../../core/pipeline/action.ts"
import { InfrastructureError } from "../../core/pipeline/errors.ts"
import { type Events, log } from "../../core/pipeline/events.ts"
import { hostCommand } from "../../core/power/host-command.ts"
import { Power, type PowerPort, whatSwitches } from "../../core/power/power.ts"
import { inTime } from "./in-time.ts"

/** One command that gives a device its firmware back may take this long. */
const commandSeconds = 300

/**
 * What a job with a firmware of its own ends with, however it ends, before the device is switched off for good. Fails
 * with InfrastructureError, which says that the device may still have the job's firmware.
 */
export const restoreFirmware = (device: Device): Action<JobServices> =>
  always(
    action({
      name: "restore-firmware",
      description: `give ${device.name} its own firmware back`,
      details: (device.flasher?.restore ?? []).map((command) => `run ${command.join(" ")}`),
      timeoutSeconds: commandSeconds,
      run: Effect.gen(function* () {
        yield* (yield* Connection).close
        yield* inTime(restore(device, yield* Power), (time) =>
          stillFlashed(device, `its own did not come back ${time}`),
        )
      }),
    }),
  )

/**
 * Gives a device its own firmware back where a job did not come to that, since its dispatcher was killed. For the
 * beginning of a job, before the device gets power. Fails as the end of that job would have.
 */
export const restoreLeftFirmware = (
  device: Device,
  power: PowerPort,
): Effect.Effect<void, InfrastructureError, Events> =>
  Effect.gen(function* () {
    const whose = device.flasher && (yield* flashedBy(device.flasher))
    if (whose === undefined) return
    yield* log(
      "warning",
      `${device.name} has the firmware of the job ${whose}, which could not give it its own back: doing that first`,
    )
    yield* restore(device, power)
  })

const restore = (
  device: Device,
  power: PowerPort,
): Effect.Effect<void, InfrastructureError, Events> =>
  Effect.gen(function* () {
    const { name, flasher } = device
    if (!flasher || (yield* flashedBy(flasher)) === undefined) return
    // A board whose flashing was cut short may refuse to be switched off; its firmware comes first.
    if (whatSwitches(device.power, "off")) {
      yield* power.off.pipe(Effect.catch(({ message }) => log("warning", message)))
    }
    for (const command of flasher.restore) {
      yield* hostCommand(`give ${name} its own firmware back`, command, commandSeconds).pipe(
        Effect.catch((error) => stillFlashed(device, error.message, error)),
      )
    }
    yield* forgetFlashed(flasher)
  })

const stillFlashed = ({ name }: Device, why: string, cause?: unknown) =>
  Effect.fail(
    new InfrastructureError({
      message: `${name} may still have the job's firmware: ${why}`,
      cause,
    }),
  )
