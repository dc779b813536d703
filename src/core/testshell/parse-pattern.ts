import { JobError, messageOf } from "../pipeline/errors.ts"
import { readSignal, type Signal } from "./signal.ts"

/** `parse` of a test definition: results found in what a test prints. */
export interface ParsePattern {
  /** A regular expression in Python's syntax, with the groups test_case_id, result, measurement, units. */
  readonly pattern: string
  /** What the test calls a result -> pass, fail, skip or unknown. */
  readonly fixupdict?: Readonly<Record<string, string>> | null | undefined
}

/**
 * Makes a function that finds the result in a line of output, as LAVA's deprecated `parse` does: what
 * it finds reads like a TESTCASE signal. A line without a test case id and a result gives nothing;
 * blanks in an id become _.
 *
 * Throws a JobError where the pattern is not a regular expression.
 */
export const parsePattern = ({
  pattern,
  fixupdict,
}: ParsePattern): ((line: string) => Signal | undefined) => {
  let expression: RegExp
  try {
    // Python names groups (?P<name>...) and refers back by (?P=name).
    const source = pattern.replaceAll("(?P<", "(?<").replace(/\(\?P=(\w+)\)/g, String.raw`\k<$1>`)
    expression = new RegExp(source)
  } catch (cause) {
    const message = `parse.pattern "${pattern}" is not a regular expression: ${messageOf(cause)}`
    throw new JobError({ message, cause })
  }
  return (line) => {
    const groups = expression.exec(line)?.groups
    if (groups === undefined) return undefined
    const { test_case_id: id, result, measurement, units } = groups
    if (!id || !result) return undefined
    const word = (text: string): string => text.trim().replace(/\s+/g, "_")
    const text = [
      `LAVA_SIGNAL_TESTCASE TEST_CASE_ID=${word(id)} RESULT=${word(fixupdict?.[result] ?? result)}`,
      ...(measurement ? [`MEASUREMENT=${word(measurement)}`] : []),
      ...(units ? [`UNITS=${word(units)}`] : []),
    ].join(" ")
    const signal = readSignal(text)
    return signal.type === "misread" ? { ...signal, type: "UNREADABLE", text: line } : signal
  }
}
