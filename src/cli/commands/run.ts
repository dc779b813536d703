import { existsSync } from "node:fs"
import { type Command, InvalidArgumentError } from "commander"
import { nearest } from "../../core/source/spelling.ts"
import { deviceOption, examples, exitWith, labOption, reportFormatOption } from "../options.ts"
import type { RunOptions } from "../run.ts"

/** `dispatch run JOB`, also without the word `run`. */
export const addRun = (program: Command): void => {
  program
    .command("run", { isDefault: true })
    .summary("run a job on a device; the word run may be left out")
    .description(
      "Runs a job on a device of the lab: deploys, boots and tests, then switches the device off.",
    )
    .argument("<job>", "job file, JSON or YAML, in LAVA's format")
    .addOption(labOption())
    .addOption(deviceOption())
    .option(
      "-o, --output-dir <dir>",
      "write logs.yaml, results.yaml, results.json, junit.xml and the console's recording here, however the job ends",
    )
    .addOption(reportFormatOption())
    .option(
      "--id <id>",
      "the job's id: one that a killed dispatch had placed for a host that fetches its work goes on",
      jobId,
    )
    .option(
      "--submitter <name>",
      "who wants the job, for hosts that are not for everybody (default: the user)",
    )
    .allowExcessArguments()
    .addHelpText(
      "after",
      `${examples([
        ["dispatch job.json", "on a device of the type that the job asks for"],
        ["dispatch job.json -d board-01", "on this device"],
        ["dispatch job.yaml -d device.yaml", "on the device of LAVA's dictionary"],
        [
          "dispatch job.json -l /etc/lab.yaml -o out",
          "with another lab file; log and results in out/",
        ],
        ["dispatch job.json -f json | jq .type", "for programs"],
      ])}

Ctrl-C cancels the job: the device is switched off and the results are written. A second
Ctrl-C gives the power switch 5 s at most, a third exits at once.`,
    )
    .action(
      exitWith(async (job: string, options: RunOptions, command: Command) => {
        checkOperands(program, command)
        const { run } = await import("../run.ts")
        return run(job, options)
      }),
    )
}

const jobId = (text: string): string => {
  if (/^\w[\w.-]{0,63}$/.test(text)) return text
  throw new InvalidArgumentError("Expected letters, digits and any of . - _, at most 64 of them.")
}

/** A misspelt command looks like the name of a job file. */
const checkOperands = (program: Command, { args }: Command): void => {
  const [job = "", ...others] = args
  const names = program.commands.map((each) => each.name())
  if (names.includes(job)) {
    program.error(`error: options stand behind the command: dispatch ${job} ... --option`)
  }
  const [near] = existsSync(job) ? [] : nearest(job, names)
  if (near !== undefined) {
    program.error(`error: unknown command '${job}'\n(Did you mean ${near}?)`)
  }
  if (others.length > 0) {
    program.error(`error: expected one job, found '${args.join("', '")}'`)
  }
}
