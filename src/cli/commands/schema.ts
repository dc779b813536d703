import { Argument, type Command } from "commander"
import { examples, exitWith, type LabOptions, labOption } from "../options.ts"
import type { FileKind } from "../schema.ts"

/** `dispatch schema job|lab|device-type` */
export const addSchema = (program: Command): void => {
  program
    .command("schema")
    .summary("print the JSON Schema of a kind of file, for editors")
    .description(
      "Prints the JSON Schema (draft 2020-12) of jobs, lab files or device types. An editor that knows it completes and checks them while you type.",
    )
    .addArgument(new Argument("<kind>", "the kind of file").choices(["job", "lab", "device-type"]))
    .addOption(labOption("of jobs: with the methods that the plugins of this lab bring"))
    .addHelpText(
      "after",
      `${examples([
        ["dispatch schema job > job.schema.json", ""],
        ["dispatch schema job --lab lab.json", "with what its plugins bring"],
      ])}

Name it in the file, as "$schema": "./job.schema.json" in JSON, or in the first line of YAML:
  # yaml-language-server: $schema=./job.schema.json`,
    )
    .action(
      exitWith(async (kind: FileKind, options: LabOptions) => {
        const { schema } = await import("../schema.ts")
        return schema(kind, options)
      }),
    )
}
