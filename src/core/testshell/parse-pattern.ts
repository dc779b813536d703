import { fromPython } from "../console/python-pattern.ts"
import { JobError, messageOf } from "../pipeline/errors.ts"
import { type Fixups, foundResult } from "./found-result.ts"
import type { Signal } from "./signal.ts"

/** `parse` of a test definition: results found in what a test prints. */
export interface ParsePattern {
  /** A regular expression in Python's syntax, with the groups test_case_id, result, measurement, units. */
  readonly pattern: string
  readonly fixupdict?: Fixups | null | undefined
}

/**
 * Makes a function that finds the result in a line of output, as LAVA's deprecated `parse` does. A line without a
 * test case id and a result gives nothing.
 *
 * Throws a JobError where the pattern is not a regular expression.
 */
export const parsePattern = ({
  pattern,
  fixupdict,
}: ParsePattern): ((line: string) => Signal | undefined) => {
  let expression: RegExp
  try {
    expression = new RegExp(fromPython(pattern))
  } catch (cause) {
    const message = `parse.pattern "${pattern}" is not a regular expression: ${messageOf(cause)}`
    throw new JobError({ message, cause })
  }
  return (line) => {
    const groups = expression.exec(line)?.groups
    return groups && foundResult({ groups, fixupdict, text: line })
  }
}
