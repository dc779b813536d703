import * as Effect from "effect/Effect"
import type { Blocks } from "../core/job/v2/job.ts"
import type { Device } from "../core/lab/device.ts"
import type { JobServices } from "../core/lab/services.ts"
import { type Action, action } from "../core/pipeline/action.ts"
import { remainingSeconds } from "../core/pipeline/deadline.ts"
import { ConfigurationError } from "../core/pipeline/errors.ts"
import { hostCommand } from "../core/power/host-command.ts"
import { whatThereIs } from "../core/lab/device-type.ts"

/** A job that ends waits this long for an undo. */
const undoSeconds = 60

/**
 * Runs a command of the lab file's on this machine: to press a relay, to mount a card. Where the command
 * has an undo, that is run when the job ends, however it ends.
 *
 * Throws ConfigurationError where the device has no command of that name.
 */
export const userCommand = (block: Blocks["command"], device: Device): Action<JobServices> => {
  const command = device.commands[block.name]
  if (!command) {
    throw new ConfigurationError({
      message: `${device.name} has no command "${block.name}"; ${whatThereIs(block.name, Object.keys(device.commands))}`,
    })
  }
  const { do: run, undo } = command
  return action({
    name: "user-command",
    description: `run the lab's command "${block.name}"`,
    details: [`run ${run.join(" ")}`, ...(undo ? [`at the end, run ${undo.join(" ")}`] : [])],
    timeoutSeconds: 60,
    run: Effect.gen(function* () {
      if (undo) {
        yield* Effect.addFinalizer(() =>
          Effect.ignore(hostCommand(`undo "${block.name}"`, undo, undoSeconds)),
        )
      }
      yield* hostCommand(`run "${block.name}"`, run, yield* remainingSeconds)
    }),
  })
}
