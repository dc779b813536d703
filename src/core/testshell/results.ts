import type { CaseMarker, CaseResult, CaseResultEvent } from "../pipeline/events.ts"
import type { Signal } from "./signal.ts"

/** A test of the stage, as the overlay names it. */
export interface ExpectedSuite {
  /** `<index>_<name>`. */
  readonly name: string
  /** Its test cases, where the job or the definition says them. */
  readonly expected?: ReadonlyArray<string>
}

/** A test definition is done, or will not be. */
export interface SuiteEnded {
  readonly type: "suite-ended"
  readonly suite: string
  /** "pass" when its run.sh came to its end, whatever its cases say: LAVA's meaning. */
  readonly result: "pass" | "fail"
  readonly durationSeconds: number
  /** Why it failed. */
  readonly reason?: string
}

/** What follows from signals, in order. */
export type SuiteEvent = CaseResultEvent | CaseMarker | SuiteEnded

/** What a result may say beside itself. */
export type CaseDetails = Partial<Omit<CaseResultEvent, "type" | "suite" | "case" | "result">>

interface Suite {
  readonly name: string
  readonly started: number
  /** The test set that cases belong to now. */
  set: string | undefined
  readonly cases: Set<string>
}

/**
 * Turns the signals of a stage into results, suite by suite.
 *
 * A signal that cannot be read becomes a failed case: of its own name where that can be told, else
 * `unreadable-signal`. Of a suite with `expected`, cases without a result fail at its end, and the
 * result of a case that is not among them is a failure.
 */
export class SuiteResults {
  readonly #suites: ReadonlyMap<string, ExpectedSuite>
  readonly #now: () => number
  readonly #ended = new Set<string>()
  #suite: Suite | undefined
  /** Of the suite that ended last: a process that a test left behind may still have something to say. */
  #lastName: string | undefined
  #caseStarted: { readonly case: string; readonly at: number } | undefined
  #caseSeconds: { readonly case: string; readonly seconds: number } | undefined

  /** @param now a clock, in milliseconds */
  constructor(suites: ReadonlyArray<ExpectedSuite>, now: () => number = Date.now) {
    this.#suites = new Map(suites.map((suite) => [suite.name, suite]))
    this.#now = now
  }

  /** What follows from a signal; nothing from those that are for the dispatcher. */
  accept(signal: Signal): ReadonlyArray<SuiteEvent> {
    switch (signal.type) {
      case "STARTRUN": {
        const unfinished = this.#end("another test started before this one ended")
        const { definition: name } = signal
        this.#suite = { name, started: this.#now(), set: undefined, cases: new Set() }
        this.#lastName = name
        return unfinished
      }
      case "ENDRUN":
        return this.#endRun(signal.definition, signal.exit ?? 0)
      case "STARTTC":
        this.#caseStarted = { case: signal.case, at: this.#now() }
        return this.#marker("start", signal.case)
      case "ENDTC":
        if (this.#caseStarted?.case === signal.case) {
          const seconds = (this.#now() - this.#caseStarted.at) / 1000
          this.#caseSeconds = { case: signal.case, seconds }
        }
        return this.#marker("end", signal.case)
      case "TESTCASE": {
        const { measurement, units } = signal
        return [
          this.#result(signal.case, signal.result, {
            ...(measurement !== undefined && { measurement }),
            ...(units !== undefined && { units }),
          }),
        ]
      }
      case "TESTREFERENCE":
        return [this.#result(signal.case, signal.result, { reference: signal.reference })]
      case "TESTSET":
        if (this.#suite) this.#suite.set = signal.action === "START" ? signal.set : undefined
        return []
      case "UNREADABLE": {
        const { text, reason } = signal
        const errorMessage =
          text === ""
            ? `a signal was lost: ${reason}`
            : `a signal cannot be read: ${reason}; it was: ${text}`
        const name = signal.case ?? "unreadable-signal"
        return [this.#result(name, "fail", { errorMessage, errorType: "Test" })]
      }
      case "INSTALL_FAIL": {
        const name = signal.definition
        return name === undefined ? [] : this.#fail(name, "its install step failed")
      }
      case "TESTRAISE":
      case "TESTEVENT":
      case "TESTFEEDBACK":
      case "EXIT":
        return []
    }
  }

  /** The result of a test case that no signal tells. */
  report(name: string, result: CaseResult, details: CaseDetails): SuiteEvent {
    return this.#result(name, result, details)
  }

  /**
   * The stage is over: tests that run and ones that never started fail.
   *
   * @param reason why the stage ended, where it did not end by itself
   */
  end(reason?: string): ReadonlyArray<SuiteEvent> {
    const events = [...this.#end(reason ?? "the test runner ended before it did")]
    for (const name of this.#suites.keys()) {
      if (this.#ended.has(name)) continue
      events.push(
        ...this.#fail(name, `it never started${reason === undefined ? "" : `: ${reason}`}`),
      )
    }
    return events
  }

  #endRun(name: string, exit: number): ReadonlyArray<SuiteEvent> {
    const events: SuiteEvent[] = []
    if (this.#suite?.name !== name) {
      // Its start was lost.
      events.push(...this.#end("another test ended before this one did"))
      this.#suite = { name, started: this.#now(), set: undefined, cases: new Set() }
      this.#lastName = name
    }
    return [...events, ...this.#end(exit === 0 ? undefined : exitReason(exit))]
  }

  /** Ends the suite that is running, if any; it failed where a reason is given. */
  #end(reason: string | undefined): ReadonlyArray<SuiteEvent> {
    const suite = this.#suite
    if (suite === undefined) return []
    const missing = this.#missing(suite.name, suite.cases)
    this.#suite = undefined
    this.#ended.add(suite.name)
    return [
      ...missing,
      {
        type: "suite-ended",
        suite: suite.name,
        result: reason === undefined ? "pass" : "fail",
        durationSeconds: (this.#now() - suite.started) / 1000,
        ...(reason !== undefined && { reason }),
      },
    ]
  }

  /** Fails a suite that never ran. */
  #fail(name: string, reason: string): ReadonlyArray<SuiteEvent> {
    this.#ended.add(name)
    const missing = this.#missing(name, new Set())
    return [
      ...missing,
      { type: "suite-ended", suite: name, result: "fail", durationSeconds: 0, reason },
    ]
  }

  #missing(suite: string, cases: ReadonlySet<string>): ReadonlyArray<CaseResultEvent> {
    const expected = this.#suites.get(suite)?.expected ?? []
    return expected
      .filter((name) => !cases.has(name))
      .map((name) => ({
        type: "result",
        suite,
        case: name,
        result: "fail",
        errorMessage: "the case is in `expected` and gave no result",
        errorType: "Test",
      }))
  }

  #marker(edge: "start" | "end", name: string): ReadonlyArray<CaseMarker> {
    return [{ type: "case-marker", edge, suite: this.#name(), case: name }]
  }

  #name(): string {
    return this.#suite?.name ?? this.#lastName ?? "lava"
  }

  #result(name: string, said: CaseResult, details: CaseDetails): CaseResultEvent {
    const suite = this.#name()
    const expected = this.#suites.get(suite)?.expected
    const unexpected = expected !== undefined && !expected.includes(name)
    const durationSeconds = this.#caseSeconds?.case === name ? this.#caseSeconds.seconds : undefined
    this.#caseSeconds = undefined
    this.#suite?.cases.add(name)
    const set = this.#suite?.set
    return {
      type: "result",
      suite,
      case: name,
      result: unexpected ? "fail" : said,
      ...(unexpected && {
        errorMessage: `the case is not in \`expected\`; its result was "${said}"`,
        errorType: "Test",
      }),
      ...(set !== undefined && { set }),
      ...(durationSeconds !== undefined && { durationSeconds }),
      ...details,
    }
  }
}

const exitReason = (exit: number): string =>
  exit > 128 && exit < 160
    ? `its run.sh was killed by signal ${exit - 128}`
    : `its run.sh ended with exit status ${exit}: a step failed, see the last one in the log`
