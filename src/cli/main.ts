import { CommanderError } from "commander"
import { exitCodes } from "../core/report/exit-code.ts"
import { endByBug, printStacks } from "./bug.ts"
import { makeProgram } from "./program.ts"

/** A process that still holds something this long after its work is done is ended, in milliseconds. */
const lingering = 2000

/**
 * The `dispatch` command: does what the arguments say and sets the exit code. Nothing that happens ends in a
 * stack trace, unless --debug asks for one.
 *
 * @param argv as process.argv has it
 */
export const main = async (argv: ReadonlyArray<string>): Promise<void> => {
  // A reader that went away (`dispatch plan job.json | head`) is no failure.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {})
  process.on("uncaughtException", endByBug)
  const program = makeProgram().on("option:debug", printStacks)
  try {
    if (argv.length > 2) await program.parseAsync(argv)
    else {
      program.outputHelp({ error: true })
      process.exitCode = exitCodes.ConfigurationError
    }
  } catch (error) {
    if (error instanceof CommanderError)
      process.exitCode = error.exitCode && exitCodes.ConfigurationError
    else {
      const { tellFailure } = await import("./failure.ts")
      process.exitCode = tellFailure(error)
    }
  }
  setTimeout(() => process.exit(), lingering).unref()
}
