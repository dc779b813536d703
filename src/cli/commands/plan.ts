import type { Command } from "commander"
import { deviceOption, examples, exitWith, formatOption, labOption } from "../options.ts"
import type { PlanOptions } from "../plan.ts"

/** `dispatch plan JOB` */
export const addPlan = (program: Command): void => {
  program
    .command("plan")
    .summary("show what a job would do, step by step")
    .description(
      "Shows what a job would do: every action with its time limit and tries, what it fetches, types and runs. Touches no device.",
    )
    .argument("<job>", "job file, JSON or YAML")
    .addOption(labOption())
    .addOption(deviceOption())
    .addOption(formatOption())
    .addHelpText(
      "after",
      examples([
        ["dispatch plan job.json", ""],
        ["dispatch plan job.json -d board-01 -f json", "for a program, on this device"],
      ]),
    )
    .action(
      exitWith(async (job: string, options: PlanOptions) => {
        const { plan } = await import("../plan.ts")
        return plan(job, options)
      }),
    )
}
