import * as Effect from "effect/Effect"
import type { Blocks } from "../core/job/v2/job.ts"
import type { Device } from "../core/lab/device.ts"
import { Connection, type JobServices } from "../core/lab/services.ts"
import { type Action, action } from "../core/pipeline/action.ts"
import { remainingSeconds } from "../core/pipeline/deadline.ts"
import { ConfigurationError } from "../core/pipeline/errors.ts"
import { hostCommand } from "../core/power/host-command.ts"
import { Power, type PowerSwitch } from "../core/power/power.ts"
import { whatThereIs } from "../core/source/spelling.ts"

/** A job that ends waits this long for an undo. */
const undoSeconds = 60

/** LAVA's built-in commands, which the lab's power switch does. */
const powerCommands: Readonly<Record<string, PowerSwitch>> = {
  power_on: "on",
  power_off: "off",
  hard_reset: "reset",
}

/**
 * Runs a command of the lab file's on this machine: to press a relay, to mount a card. Where the command
 * has an undo, that is run when the job ends, however it ends. LAVA's power_on, power_off and hard_reset need not
 * stand in the lab file.
 *
 * Throws ConfigurationError where the device has no command of that name.
 */
export const userCommand = ({ name }: Blocks["command"], device: Device): Action<JobServices> => {
  const command = device.commands[name]
  if (command) return labCommand(name, command)
  const builtIn = device.power ? powerCommands : {}
  const power = builtIn[name]
  if (power) return powerCommand(name, power)
  const known = [...Object.keys(device.commands), ...Object.keys(builtIn)]
  throw new ConfigurationError({
    message: `${device.name} has no command "${name}"; ${whatThereIs(name, known)}`,
  })
}

const labCommand = (
  name: string,
  { do: run, undo }: Device["commands"][string],
): Action<JobServices> =>
  action({
    name: "user-command",
    description: `run the lab's command "${name}"`,
    details: [`run ${run.join(" ")}`, ...(undo ? [`at the end, run ${undo.join(" ")}`] : [])],
    timeoutSeconds: 60,
    run: Effect.gen(function* () {
      if (undo) {
        yield* Effect.addFinalizer(() =>
          Effect.ignore(hostCommand(`undo "${name}"`, undo, undoSeconds)),
        )
      }
      yield* hostCommand(`run "${name}"`, run, yield* remainingSeconds)
    }),
  })

const powerCommand = (name: string, power: PowerSwitch): Action<JobServices> =>
  action({
    name: "user-command",
    description: `do "${name}" by the device's power switch`,
    timeoutSeconds: 120,
    run: Effect.gen(function* () {
      yield* (yield* Connection).endLife
      yield* (yield* Power)[power]
    }),
  })
