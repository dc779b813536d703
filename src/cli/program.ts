import { readFileSync } from "node:fs"
import { Command } from "commander"
import { addBoard } from "./commands/board.ts"
import { addCompletion } from "./commands/completion.ts"
import { addConsole } from "./commands/console.ts"
import { addDeviceType } from "./commands/device-type.ts"
import { addConvert } from "./commands/convert.ts"
import { examples } from "./options.ts"
import { addPackages } from "./commands/packages.ts"
import { addPlan } from "./commands/plan.ts"
import { addPlugin } from "./commands/plugin.ts"
import { addPower } from "./commands/power.ts"
import { addRun } from "./commands/run.ts"
import { addSchema } from "./commands/schema.ts"
import { addSpool } from "./commands/spool.ts"
import { addTest } from "./commands/test.ts"
import { addValidate } from "./commands/validate.ts"

/** The tree of the `dispatch` command. Each subcommand loads what it works with when it runs. */
export const makeProgram = (): Command => {
  const program = new Command("dispatch")
    .description("Runs test jobs on real devices.")
    .usage("[run] <job> [options]\n       dispatch <command> ...")
    .version(version(), "-V, --version", "print the version")
    .option("--debug", "print the stack of an unexpected error")
    .helpOption("-h, --help", "print this help, or that of a command")
    .helpCommand(false)
    .configureHelp({
      showGlobalOptions: true,
      subcommandTerm: (command) => `${command.name()} ${operands(command)}`,
    })
    .exitOverride()
    .addHelpText(
      "after",
      `${examples([
        ["dispatch job.json", "run a job; lab.json or lab.yaml is here"],
        ["dispatch job.json --output-dir out", "also write the log, results and recordings"],
        ["dispatch plan job.json", "show what the job would do"],
        ["dispatch console board-01", "look at a board"],
      ])}

Exit codes:
  0    done: the job completed and no test case failed
  1    the job or a test failed
  2    a job, a lab file, an option or an argument is wrong
  3    the lab failed: console, power, network, disk
  70   a mistake in dispatch itself
  130  canceled`,
    )
  for (const add of [
    addRun,
    addValidate,
    addPlan,
    addConvert,
    addConsole,
    addPower,
    addTest,
    addPackages,
    addSpool,
    addBoard,
    addPlugin,
    addDeviceType,
    addSchema,
    addCompletion,
  ]) {
    add(program)
  }
  return program
}

const operands = ({ registeredArguments }: Command): string =>
  registeredArguments
    .map((argument) => `<${argument.name()}${argument.variadic ? "..." : ""}>`)
    .join(" ")

const version = (): string => {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8")
  return (JSON.parse(text) as { readonly version: string }).version
}
