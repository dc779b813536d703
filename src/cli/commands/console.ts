import type { Command } from "commander"
import type { ConsoleOptions } from "../console.ts"
import { examples, exitWith, labOption } from "../options.ts"

/** `dispatch console DEVICE` */
export const addConsole = (program: Command): void => {
  program
    .command("console")
    .summary("watch a device's console, and type on it")
    .description(
      "Shows a device's console. Ctrl-] then a key: w to type or only to watch, p power on, P power off, r reset, q quit, ? for all.",
    )
    .argument("<device>", "the device's name in the lab file")
    .addOption(labOption())
    .option("-w, --write", "type from the start, instead of only watching")
    .option("--record <path>", "record to PATH.log, PATH.input and PATH.timing (for scriptreplay)")
    .addHelpText(
      "after",
      examples([
        ["dispatch console board-01", "watch"],
        ["dispatch console board-01 --write --record today", "type and record"],
        ["echo reboot | dispatch console board-01 --write", "type what another program says"],
      ]),
    )
    .action(
      exitWith(async (device: string, options: ConsoleOptions) => {
        const { watchConsole } = await import("../console.ts")
        return watchConsole(device, options)
      }),
    )
}
