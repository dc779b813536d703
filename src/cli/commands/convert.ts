import { type Command, Option } from "commander"
import type { ConvertOptions } from "../convert.ts"
import { examples, exitWith, labOption } from "../options.ts"

/** `dispatch convert OLD` */
export const addConvert = (program: Command): void => {
  program
    .command("convert")
    .summary("print a job of LAVA v1, or of KernelCI's pull-labs, in LAVA's v2 format")
    .description(
      "Translates a job of LAVA's first format (JSON), or one that KernelCI gives to labs that fetch their jobs, to LAVA's second. What is written otherwise and what cannot be kept stands beside it, with its place in the old file.",
    )
    .argument("<old>", "job file")
    .addOption(
      labOption("translate for the devices of this lab, whose plugins know how they are booted"),
    )
    .addOption(
      new Option("-f, --format <format>", "YAML with comments, or JSON and warnings beside it")
        .choices(["yaml", "json"])
        .default("yaml"),
    )
    .addHelpText(
      "after",
      `${examples([
        ["dispatch convert old.json > job.yaml", ""],
        ["dispatch convert old.json -f json > job.json", "what was lost is told on standard error"],
      ])}

\`dispatch old.json\` runs such a job as it is.`,
    )
    .action(
      exitWith(async (old: string, options: ConvertOptions) => {
        const { convert } = await import("../convert.ts")
        return convert(old, options)
      }),
    )
}
