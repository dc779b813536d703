import { match } from "ts-pattern"
import { TestError } from "../../core/pipeline/errors.ts"
import type {
  CaseResult,
  CaseResultEvent,
  JobEventBody,
  TestSource,
} from "../../core/pipeline/events.ts"
import { parsePattern } from "../../core/testshell/parse-pattern.ts"
import {
  type CaseDetails,
  type SuiteEnded,
  type SuiteEvent,
  SuiteResults,
} from "../../core/testshell/results.ts"
import type { Signal } from "../../core/testshell/signal.ts"
import { SignalParser } from "../../core/testshell/signals.ts"
import type { JobStage } from "./job-overlay.ts"

/** What reads the output of a stage. */
export interface StageListener {
  /** Is told everything that follows from it. */
  readonly emit: (event: JobEventBody) => void
  /** The namespace of the action that runs the stage. */
  readonly namespace: string
  /** Is told that a test ends the job (lava-test-raise). */
  readonly onRaised: (error: TestError) => void
}

/** Turns the output of lava-test-runner into the results of a stage, whichever way the output comes. */
export class StageResults {
  readonly #listener: StageListener
  readonly #parser: SignalParser
  readonly #results: SuiteResults
  readonly #sources: ReadonlyMap<string, TestSource>
  readonly #patterns: ReadonlyMap<string, ReturnType<typeof parsePattern>>
  #running: string | undefined
  #finished = false
  #raised = false
  readonly #notInstalled: Array<string> = []

  /** Throws a JobError where a definition's `parse` is no regular expression. */
  constructor({ name, tests }: JobStage, listener: StageListener) {
    this.#listener = listener
    this.#parser = new SignalParser({ stage: name })
    this.#results = new SuiteResults(
      tests.map(({ name, expected }) => ({ name, ...(expected && { expected }) })),
    )
    this.#sources = new Map(tests.map(({ name, source }) => [name, source] as const))
    this.#patterns = new Map(
      tests.flatMap(({ name, parse }) => (parse ? [[name, parsePattern(parse)] as const] : [])),
    )
  }

  /** Whether the runner has said that it is done. */
  get finished(): boolean {
    return this.#finished
  }

  /** Why the job fails where a test could not be installed, as in LAVA; the others have run. */
  get notInstalled(): TestError | undefined {
    if (this.#notInstalled.length === 0) return undefined
    return new TestError({
      message: `the install steps of ${this.#notInstalled.join(", ")} failed`,
    })
  }

  /** Takes whole lines of output. */
  lines(lines: ReadonlyArray<string>): void {
    for (const line of lines) {
      this.#accept(this.#parser.push(`${line}\n`))
      const parse = this.#running === undefined ? undefined : this.#patterns.get(this.#running)
      const signal = parse?.(line)
      if (signal) this.#accept([signal])
    }
  }

  /** Takes the result of a test case that is told otherwise than by a signal. */
  report(name: string, result: CaseResult, details: CaseDetails): void {
    this.#tell([this.#results.report(name, result, details)])
  }

  /** What lava-signals is to be asked for: see `SignalParser.request`. */
  request(): string | undefined {
    return this.#parser.request()
  }

  /** Takes what lava-signals has printed. */
  recover(output: string): void {
    this.#accept(this.#parser.recover(output))
  }

  /**
   * The output is over.
   *
   * @param reason why, where the stage did not end by itself
   */
  end(reason?: string): void {
    this.#accept(this.#parser.end())
    this.#tell(this.#results.end(reason))
  }

  #accept(signals: ReadonlyArray<Signal>): void {
    for (const signal of signals) {
      // What the test still says while it is being ended does not count.
      if (this.#raised) return
      match(signal)
        .with({ type: "STARTRUN" }, ({ definition }) => {
          this.#running = definition
        })
        .with({ type: "EXIT" }, () => {
          this.#finished = true
        })
        .with({ type: "INSTALL_FAIL" }, ({ definition }) => {
          this.#notInstalled.push(definition ?? "a test")
        })
        .with({ type: "TESTEVENT" }, ({ message }) =>
          this.#listener.emit({
            type: "log",
            level: "event",
            message,
          }),
        )
        .with({ type: "TESTRAISE" }, ({ message }) => {
          this.#raised = true
          this.#listener.onRaised(
            new TestError({ message: `the test raised an error: ${message}` }),
          )
        })
        .otherwise(() => {})
      this.#tell(this.#results.accept(signal))
    }
  }

  #tell(events: ReadonlyArray<SuiteEvent>): void {
    for (const event of events) {
      this.#listener.emit(event.type === "suite-ended" ? this.#asResult(event) : event)
    }
  }

  #asResult({ suite, result, durationSeconds, reason }: SuiteEnded): CaseResultEvent {
    const test = this.#sources.get(suite)
    return {
      type: "result",
      suite: "lava",
      case: suite,
      result,
      durationSeconds,
      namespace: this.#listener.namespace,
      ...(test && { test }),
      ...(reason !== undefined && { errorMessage: reason, errorType: "Test" }),
    }
  }
}
