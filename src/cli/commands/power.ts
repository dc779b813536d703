import { Argument, type Command } from "commander"
import type { PowerSwitch } from "../../core/power/power.ts"
import { examples, exitWith, labOption } from "../options.ts"
import type { PowerOptions } from "../power.ts"

/** `dispatch power on|off|reset DEVICE` */
export const addPower = (program: Command): void => {
  program
    .command("power")
    .summary("switch a device on or off, or reset it")
    .description("Switches a device on or off, or resets it, by the commands in the lab file.")
    .addArgument(new Argument("<what>", "what to do").choices(["on", "off", "reset"]))
    .argument("<device>", "the device's name in the lab file")
    .addOption(labOption())
    .option("--force", "even while a job uses the device")
    .addHelpText(
      "after",
      examples([
        ["dispatch power reset board-01", ""],
        ["dispatch power off board-01 --force", "under the hands of a job"],
      ]),
    )
    .action(
      exitWith(async (what: PowerSwitch, device: string, options: PowerOptions) => {
        const { power } = await import("../power.ts")
        return power(what, device, options)
      }),
    )
}
