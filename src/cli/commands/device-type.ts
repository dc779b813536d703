import { Argument, type Command, Option } from "commander"
import type { ImportOptions } from "../import-device-type.ts"
import { examples, exitWith } from "../options.ts"

/** `dispatch device-type import FILE` */
export const addDeviceType = (program: Command): void => {
  program
    .command("device-type")
    .summary("print a device type of LAVA's, a Jinja template, as one of ours")
    .description(
      "Renders a template of LAVA's with all that it extends, and prints the device type that it describes.",
    )
    .addArgument(new Argument("<what>", "what to do").choices(["import"]))
    .argument("<file>", "template of a device type or of a device: beaglebone-black.jinja2")
    .addOption(
      new Option(
        "--path <dir>",
        "where the templates are that it extends, beside its own directory; may be repeated",
      ).argParser((path, paths: ReadonlyArray<string> | undefined) => [...(paths ?? []), path]),
    )
    .option("--dictionary", "print the device dictionary itself, which --device takes")
    .addHelpText(
      "after",
      examples([
        ["dispatch device-type import bbb.jinja2 > device-types/bbb.json", ""],
        ["dispatch device-type import bbb-01.jinja2 --dictionary > bbb-01.yaml", "of one device"],
      ]),
    )
    .action(
      exitWith(async (_: "import", file: string, options: ImportOptions) => {
        const { importTemplate } = await import("../import-device-type.ts")
        return importTemplate(file, options)
      }),
    )
}
