import type { Command } from "commander"
import { deviceOption, examples, exitWith, formatOption, labOption } from "../options.ts"
import type { ValidateOptions } from "../validate.ts"

/** `dispatch validate FILE...` */
export const addValidate = (program: Command): void => {
  program
    .command("validate")
    .summary("check jobs, lab files, device types, device dictionaries and test definitions")
    .description(
      "Checks jobs, lab files, device types, LAVA's device dictionaries and test definitions; what a file is, is told by its keys. Every mistake is printed with its line and column.",
    )
    .argument("<file...>", "files to check, JSON or YAML")
    .addOption(
      labOption("also check that this lab has a device that can do each job, and know its plugins"),
    )
    .addOption(
      deviceOption(
        "also check that this device can do each job: its name, or a device dictionary of LAVA's",
      ),
    )
    .addOption(formatOption("a mistake a line, or JSON for programs"))
    .addHelpText(
      "after",
      `${examples([
        ["dispatch validate job.json", "is it a job?"],
        ["dispatch validate jobs/*.json lab.json", "all at once, as for CI"],
        ["dispatch validate job.json --lab lab.json", "and can this lab run it?"],
        ["dispatch validate job.yaml --device device.yaml", "and can this device of LAVA's?"],
      ])}

What a job asks for that cannot be done here is a warning without a lab or a device,
as keys without effect are.

Exits with 0 where all is well, else with 2.`,
    )
    .action(
      exitWith(async (files: ReadonlyArray<string>, options: ValidateOptions) => {
        const { validate } = await import("../validate.ts")
        return validate(files, options)
      }),
    )
}
