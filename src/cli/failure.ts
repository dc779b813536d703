import { InvalidFile } from "../core/source/invalid-file.ts"
import { isDispatchError } from "../core/pipeline/errors.ts"
import { errorExitCode, exitCodes } from "../core/report/exit-code.ts"
import { displayOf } from "../core/report/output.ts"
import { styleFor } from "../core/report/style.ts"
import { tellBug } from "./bug.ts"

/**
 * Tells the user on standard error what went wrong - the mistakes of a file one a line, each with its position - and
 * answers the exit code for it.
 */
export const tellFailure = (error: unknown): number => {
  if (!isDispatchError(error) || error._tag === "BugError") {
    tellBug(isDispatchError(error) ? (error.cause ?? error) : error)
    return exitCodes.BugError
  }
  const { red } = styleFor(displayOf(process.stderr))
  const text = error instanceof InvalidFile ? error.message : `${red("error:")} ${error.message}`
  process.stderr.write(`${text}\n`)
  return errorExitCode(error)
}
