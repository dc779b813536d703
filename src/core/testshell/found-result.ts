import { readSignal, type Signal } from "./signal.ts"

/** What a test calls its results -> pass, fail, skip or unknown. */
export type Fixups = Readonly<Record<string, string>>

/** A result that a pattern has found in output. */
export interface FoundResult {
  /** The named groups of the pattern. */
  readonly groups: Readonly<Record<string, string | undefined>>
  readonly fixupdict?: Fixups | null | undefined
  /** What was found in, for a result that cannot be read. */
  readonly text: string
}

/** What was found as a TESTCASE signal would say it; blanks become _. Undefined without a test case id and a result. */
export const foundResult = ({ groups, fixupdict, text }: FoundResult): Signal | undefined => {
  const { test_case_id: id, result, measurement, units } = groups
  if (!id?.trim() || !result) return undefined
  const word = (of: string): string => of.trim().replace(/\s+/g, "_")
  const signal = readSignal(
    [
      `LAVA_SIGNAL_TESTCASE TEST_CASE_ID=${word(id)} RESULT=${word(fixupdict?.[result] ?? result)}`,
      ...(measurement ? [`MEASUREMENT=${word(measurement)}`] : []),
      ...(units ? [`UNITS=${word(units)}`] : []),
    ].join(" "),
  )
  return signal.type === "misread" ? { ...signal, type: "UNREADABLE", text } : signal
}
