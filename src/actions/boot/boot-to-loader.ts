import * as Effect from "effect/Effect"
import { firmwarePrompt } from "../../core/console/firmware-prompt.ts"
import type { Blocks } from "../../core/job/v2/job.ts"
import type { Device } from "../../core/lab/device.ts"
import type { JobServices } from "../../core/lab/services.ts"
import { type Action, action, sequence } from "../../core/pipeline/action.ts"
import { setData } from "../../core/pipeline/job-data.ts"
import { BootLoaderPrompt, connectDevice, deviceConsole } from "../connection.ts"
import { resetDevice } from "../power/reset-device.ts"
import {
  type BootLoader,
  type BootLoaders,
  bootLoaderOf,
  commandsToType,
  filledIn,
  interruptBootLoader,
} from "./boot-loader.ts"
import { type BootWatch, refuseBootError } from "./wait-for-system.ts"

/**
 * LAVA's boot method `bootloader`: stops the boot loader before it boots by itself, types the job's commands, and
 * leaves its prompt to the later actions (`BootLoaderPrompt`).
 *
 * Throws ConfigurationError where the device type does not describe the boot loader.
 */
export const bootToLoader = (
  boot: Extract<Blocks["boot"], { method: "bootloader" }>,
  device: Device<BootLoaders>,
  watch: BootWatch,
): Action<JobServices> => {
  const { bootloader: method, commands = [] } = boot
  const loader = bootLoaderOf(method, device)
  // Of several prompts any may come.
  const prompt = boot.prompts ? new RegExp(boot.prompts.join("|")) : loader.prompt
  return sequence("bootloader-action", `boot to ${loader.name}'s prompt`, [
    connectDevice(),
    resetDevice(device, boot),
    interruptBootLoader(loader, prompt),
    stayAtPrompt(loader, prompt, commandsToType({ method, commands }, device), watch),
  ])
}

const stayAtPrompt = (
  loader: BootLoader,
  shown: string | RegExp,
  commands: ReadonlyArray<string>,
  watch: BootWatch,
): Action<JobServices> =>
  action({
    name: "bootloader-commands",
    description: `type ${commands.length} commands to ${loader.name}, stay at its prompt`,
    details: commands,
    timeoutSeconds: 120,
    run: Effect.gen(function* () {
      const { eraseLine, interrupt_prompt: startMessage } = loader
      const prompt = firmwarePrompt(yield* deviceConsole, shown, { eraseLine, allowReset: true })
      for (const line of yield* filledIn(commands)) {
        yield* refuseBootError(line, yield* prompt.command(line), watch)
      }
      yield* setData(BootLoaderPrompt, { prompt, startMessage })
    }),
  })
