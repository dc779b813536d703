import { describe, expect, it } from "vitest"
import { SuiteResults, type SuiteEvent } from "../../../src/core/testshell/results.ts"
import type { Signal } from "../../../src/core/testshell/signal.ts"

/** Results of signals, one a second. */
const fold = (
  signals: ReadonlyArray<Signal>,
  suites: ConstructorParameters<typeof SuiteResults>[0] = [{ name: "0_a" }],
  end?: string,
): ReadonlyArray<SuiteEvent> => {
  let time = 0
  const results = new SuiteResults(suites, () => time)
  const events = signals.flatMap((signal) => {
    time += 1000
    return results.accept(signal)
  })
  return [...events, ...results.end(end)]
}

const start = (definition: string): Signal => ({ type: "STARTRUN", definition, uuid: "u" })
const done = (definition: string, exit?: number): Signal => ({
  type: "ENDRUN",
  definition,
  uuid: "u",
  ...(exit !== undefined && { exit }),
})
const pass = (name: string): Signal => ({ type: "TESTCASE", case: name, result: "pass" })

describe("results of a stage", () => {
  it("belong to their suite and set", () => {
    const events = fold([
      start("0_a"),
      { type: "TESTCASE", case: "x", result: "fail", measurement: "1.50", units: "s" },
      { type: "TESTSET", action: "START", set: "net" },
      pass("y"),
      { type: "TESTREFERENCE", case: "z", result: "skip", reference: "http://e" },
      { type: "TESTSET", action: "STOP" },
      pass("w"),
      done("0_a"),
    ])
    expect(events).toEqual([
      { type: "result", suite: "0_a", case: "x", result: "fail", measurement: "1.50", units: "s" },
      { type: "result", suite: "0_a", case: "y", result: "pass", set: "net" },
      {
        type: "result",
        suite: "0_a",
        case: "z",
        result: "skip",
        set: "net",
        reference: "http://e",
      },
      { type: "result", suite: "0_a", case: "w", result: "pass" },
      { type: "suite-ended", suite: "0_a", result: "pass", durationSeconds: 7 },
    ])
  })

  it("have the time between a case's start and end", () => {
    const events = fold([
      start("0_a"),
      { type: "STARTTC", case: "x" },
      { type: "ENDTC", case: "x" },
      pass("x"),
      pass("y"),
      done("0_a", 0),
    ])
    expect(events.slice(0, 4)).toEqual([
      { type: "case-marker", edge: "start", suite: "0_a", case: "x" },
      { type: "case-marker", edge: "end", suite: "0_a", case: "x" },
      { type: "result", suite: "0_a", case: "x", result: "pass", durationSeconds: 1 },
      { type: "result", suite: "0_a", case: "y", result: "pass" },
    ])
  })

  it("are held against what is expected", () => {
    const events = fold(
      [start("0_a"), pass("x"), pass("other"), done("0_a")],
      [{ name: "0_a", expected: ["x", "y"] }],
    )
    expect(
      events.map((event) =>
        event.type === "result"
          ? `${event.case} ${event.result} ${event.errorMessage ?? ""}`
          : event.type,
      ),
    ).toEqual([
      "x pass ",
      'other fail the case is not in `expected`; its result was "pass"',
      "y fail the case is in `expected` and gave no result",
      "suite-ended",
    ])
  })

  it.each([
    [1, "its run.sh ended with exit status 1: a step failed, see the last one in the log"],
    [137, "its run.sh was killed by signal 9"],
  ])("say that run.sh died with %i", (exit, reason) => {
    expect(fold([start("0_a"), done("0_a", exit)])).toMatchObject([
      { type: "suite-ended", suite: "0_a", result: "fail", reason },
    ])
  })

  it("show what could not be read as failures", () => {
    const events = fold([
      start("0_a"),
      { type: "UNREADABLE", text: "<LAVA...", reason: "of this", case: "x" },
      { type: "UNREADABLE", text: "", reason: "signal 5 of the stage never arrived" },
      done("0_a"),
    ])
    expect(events.slice(0, 2)).toEqual([
      {
        type: "result",
        suite: "0_a",
        case: "x",
        result: "fail",
        errorMessage: "a signal cannot be read: of this; it was: <LAVA...",
        errorType: "Test",
      },
      {
        type: "result",
        suite: "0_a",
        case: "unreadable-signal",
        result: "fail",
        errorMessage: "a signal was lost: signal 5 of the stage never arrived",
        errorType: "Test",
      },
    ])
  })

  it("fail suites that were cut off, not installed or never started", () => {
    const suites = [
      { name: "0_a", expected: ["x"] },
      { name: "1_b" },
      { name: "2_c", expected: ["y"] },
    ]
    expect(fold([start("0_a")], suites, "the kernel panicked")).toMatchObject([
      { type: "result", suite: "0_a", case: "x", result: "fail" },
      { type: "suite-ended", suite: "0_a", result: "fail", reason: "the kernel panicked" },
      {
        type: "suite-ended",
        suite: "1_b",
        result: "fail",
        reason: "it never started: the kernel panicked",
      },
      { type: "result", suite: "2_c", case: "y", result: "fail" },
      { type: "suite-ended", suite: "2_c", result: "fail" },
    ])
    const installed = fold(
      [{ type: "INSTALL_FAIL", definition: "0_a" }, { type: "EXIT" }],
      suites.slice(0, 2),
    )
    expect(installed).toMatchObject([
      { type: "result", case: "x", result: "fail" },
      { type: "suite-ended", suite: "0_a", result: "fail", reason: "its install step failed" },
      { type: "suite-ended", suite: "1_b", result: "fail", reason: "it never started" },
    ])
  })

  it("are right when the start or the end of a suite was lost", () => {
    const suites = [{ name: "0_a" }, { name: "1_b" }]
    expect(fold([start("0_a"), start("1_b"), done("1_b")], suites)).toMatchObject([
      {
        type: "suite-ended",
        suite: "0_a",
        result: "fail",
        reason: "another test started before this one ended",
      },
      { type: "suite-ended", suite: "1_b", result: "pass" },
    ])
    expect(fold([start("0_a"), done("0_a"), done("1_b")], suites)).toMatchObject([
      { type: "suite-ended", suite: "0_a", result: "pass" },
      { type: "suite-ended", suite: "1_b", result: "pass" },
    ])
  })

  it("of a process that a test left behind go to that test", () => {
    expect(fold([start("0_a"), done("0_a"), pass("late")])).toContainEqual({
      type: "result",
      suite: "0_a",
      case: "late",
      result: "pass",
    })
  })
})
