import type { CaseResult } from "../pipeline/events.ts"

/**
 * What a test on the device says to the dispatcher, one line of console text each. The names and
 * arguments are LAVA's; `UNREADABLE` is a line that was meant as a signal and cannot be read.
 */
export type Signal =
  /** A test definition starts; `definition` is `<index>_<name>`. */
  | { readonly type: "STARTRUN"; readonly definition: string; readonly uuid: string }
  /** It ended; `exit` is the exit status of its run.sh, which LAVA's own scripts do not send. */
  | {
      readonly type: "ENDRUN"
      readonly definition: string
      readonly uuid: string
      readonly exit?: number
    }
  | { readonly type: "STARTTC"; readonly case: string }
  | { readonly type: "ENDTC"; readonly case: string }
  | {
      readonly type: "TESTCASE"
      readonly case: string
      readonly result: CaseResult
      /** A decimal number as the test wrote it. */
      readonly measurement?: string
      readonly units?: string
    }
  | { readonly type: "TESTSET"; readonly action: "START"; readonly set: string }
  | { readonly type: "TESTSET"; readonly action: "STOP" }
  | {
      readonly type: "TESTREFERENCE"
      readonly case: string
      readonly result: CaseResult
      readonly reference: string
    }
  | { readonly type: "TESTRAISE"; readonly message: string }
  | { readonly type: "TESTFEEDBACK"; readonly namespace: string }
  | { readonly type: "TESTEVENT"; readonly message: string }
  /** The install step of a definition failed: it does not run. */
  | { readonly type: "INSTALL_FAIL"; readonly definition?: string }
  /** lava-test-runner is done: the shell is free again. */
  | { readonly type: "EXIT" }
  | Unreadable

/** A line, or what is left of it, that was meant as a signal. */
export interface Unreadable {
  readonly type: "UNREADABLE"
  /** What was seen, with the noise that fell into it. Empty when nothing of it arrived. */
  readonly text: string
  /** Why it cannot be read, as the end of a sentence. */
  readonly reason: string
  /** The test case that it is about, where that can be told. */
  readonly case?: string
}

/** Why the text of a signal is not one. */
export interface Misread {
  readonly type: "misread"
  readonly reason: string
  readonly case?: string
}

const results: ReadonlyArray<string> = ["pass", "fail", "skip", "unknown"] satisfies CaseResult[]

const decimal = /^[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|inf(?:inity)?|nan)$/i

const misread = (reason: string, testCase?: string): Misread => ({
  type: "misread",
  reason,
  ...(testCase !== undefined && { case: testCase }),
})

const badResult = (result: string, testCase: string): Misread =>
  misread(`the result "${result}" is not one of ${results.join(", ")}`, testCase)

const testCase = (words: ReadonlyArray<string>): Signal | Misread => {
  const values = new Map<string, string>()
  for (const word of words) {
    const equals = word.indexOf("=")
    if (equals < 1) {
      const id = values.get("test_case_id")
      return misread(`"${word}" is not KEY=value; a value holds no blanks`, id)
    }
    const key = word.slice(0, equals).toLowerCase()
    if (values.has(key)) return misread(`${word.slice(0, equals)} is given twice`)
    values.set(key, word.slice(equals + 1))
  }
  const id = values.get("test_case_id")
  if (!id) return misread("TEST_CASE_ID is missing")
  const result = values.get("result")
  if (result === undefined) return misread("RESULT is missing", id)
  if (!results.includes(result)) return badResult(result, id)
  const measurement = values.get("measurement")
  if (measurement !== undefined && !decimal.test(measurement)) {
    return misread(`the measurement "${measurement}" is not a number`, id)
  }
  const units = values.get("units")
  return {
    type: "TESTCASE",
    case: id,
    result: result as CaseResult,
    ...(measurement !== undefined && { measurement }),
    ...(units !== undefined && { units }),
  }
}

/** What each signal makes of its words; `undefined` when their number is wrong. */
const readers: Record<string, (words: ReadonlyArray<string>) => Signal | Misread | undefined> = {
  STARTRUN: ([definition, uuid, ...more]) =>
    definition && uuid && more.length === 0 ? { type: "STARTRUN", definition, uuid } : undefined,
  ENDRUN: ([definition, uuid, exit, ...more]) => {
    if (!definition || !uuid || more.length > 0) return undefined
    if (exit === undefined) return { type: "ENDRUN", definition, uuid }
    return /^\d{1,3}$/.test(exit)
      ? { type: "ENDRUN", definition, uuid, exit: Number(exit) }
      : misread(`the exit status "${exit}" is not a number`)
  },
  STARTTC: ([id, ...more]) => (id && more.length === 0 ? { type: "STARTTC", case: id } : undefined),
  ENDTC: ([id, ...more]) => (id && more.length === 0 ? { type: "ENDTC", case: id } : undefined),
  TESTCASE: testCase,
  TESTSET: ([action, set, ...more]) => {
    if (action === "START" && set && more.length === 0) return { type: "TESTSET", action, set }
    return action === "STOP" && set === undefined ? { type: "TESTSET", action } : undefined
  },
  TESTREFERENCE: ([id, result, reference, ...more]) => {
    if (!id || !result || !reference || more.length > 0) return undefined
    if (!results.includes(result)) return badResult(result, id)
    return { type: "TESTREFERENCE", case: id, result: result as CaseResult, reference }
  },
  TESTRAISE: (words) =>
    words.length > 0 ? { type: "TESTRAISE", message: words.join(" ") } : undefined,
  TESTFEEDBACK: ([namespace, ...more]) =>
    namespace && more.length === 0 ? { type: "TESTFEEDBACK", namespace } : undefined,
  TESTEVENT: (words) =>
    words.length > 0 ? { type: "TESTEVENT", message: words.join(" ") } : undefined,
}

const usage: Record<string, string> = {
  STARTRUN: "a definition and a uuid",
  ENDRUN: "a definition, a uuid and perhaps an exit status",
  STARTTC: "one test case",
  ENDTC: "one test case",
  TESTSET: '"START <name>" or "STOP"',
  TESTREFERENCE: "a test case, a result and a reference",
  TESTRAISE: "a message",
  TESTFEEDBACK: "one namespace",
  TESTEVENT: "a message",
}

/**
 * Reads the text between `<` and `>` of a signal. Words are parted by blanks; of TESTCASE, each is
 * KEY=value in any order, keys in either case. Unknown keys are ignored, as in LAVA.
 */
export const readSignal = (text: string): Signal | Misread => {
  const stamp = /(?: #\w+\.\d+\.\d\S*|#\w+(?:\.\d+){3})$/.exec(text)
  if (stamp !== null) {
    return misread(`what our helpers append, "${stamp[0].trim()}", does not fit what is before it`)
  }
  const [head = "", ...words] = text.trim().split(/[ \t]+/)
  if (head === "LAVA_TEST_RUNNER") {
    const [event, definition] = words
    if (event === "EXIT" && words.length === 1) return { type: "EXIT" }
    if (event === "INSTALL_FAIL" && words.length <= 2) {
      return { type: "INSTALL_FAIL", ...(definition !== undefined && { definition }) }
    }
    return misread("lava-test-runner says EXIT or INSTALL_FAIL only")
  }
  const name = head.replace(/^LAVA_SIGNAL_/, "")
  const reader = Object.hasOwn(readers, name) ? readers[name] : undefined
  if (head === name || reader === undefined) {
    return misread(`the signal "${name}" is not one of ${Object.keys(readers).join(", ")}`)
  }
  return reader(words) ?? misread(`${name} needs ${usage[name]}, got "${words.join(" ")}"`)
}
