import { describe, expect, it } from "vitest"
import * as errors from "../../../src/core/pipeline/errors.ts"
import type { JobEvent } from "../../../src/core/pipeline/events.ts"
import { exitCode } from "../../../src/core/report/exit-code.ts"
import { summarize } from "../../../src/core/report/summary.ts"
import { completeJob, dawn, failedJob, tell } from "./story.ts"

const sum = (events: ReadonlyArray<JobEvent>) => {
  const job = summarize()
  for (const event of events) job.event(event)
  return job.summary()
}

describe("summarize", () => {
  it("counts the tests' cases and keeps what the job was", () => {
    const summary = sum(completeJob())
    expect(summary.counts).toEqual({ pass: 4, fail: 1, skip: 1, unknown: 0 })
    expect(summary).toMatchObject({ status: "complete", durationSeconds: 12.1, startTime: dawn })
    expect(summary.job?.device).toBe("highbank-01")
  })

  it("leaves out the results of actions", () => {
    const summary = sum(failedJob())
    expect(summary.cases).toEqual([])
    expect(summary.error).toBeInstanceOf(errors.JobError)
  })

  it("takes a case's duration from its marks unless the test gives one", () => {
    const story = tell()
      .mark("start", "a", "marked")
      .wait(2)
      .mark("end", "a", "marked")
      .wait(5)
      .result("a", "marked", "pass")
      .mark("start", "a", "unended")
      .wait(1)
      .result("a", "unended", "pass")
      .mark("start", "a", "own")
      .wait(1)
      .result("a", "own", "pass", { durationSeconds: 0.25 })
      .result("a", "unmarked", "pass")
    const durations = sum(story.events).cases.map((each) => each.durationSeconds)
    expect(durations).toEqual([2, 1, 0.25, undefined])
  })
})

describe("exitCode", () => {
  it("is 0 where every case passed or was skipped", () => {
    const story = tell().job().result("a", "b", "pass").result("a", "c", "skip").end(1)
    expect(exitCode(sum(story.events))).toBe(0)
    expect(exitCode(sum(tell().job().end(1).events))).toBe(0)
  })

  it.each(["fail", "unknown"] as const)("is 1 where a case's result is %s", (result) => {
    expect(exitCode(sum(tell().job().result("a", "b", result).end(1).events))).toBe(1)
  })

  it.each([
    [new errors.JobError({ message: "" }), 1],
    [new errors.TestError({ message: "" }), 1],
    [new errors.ConfigurationError({ message: "" }), 2],
    [new errors.InfrastructureError({ message: "" }), 3],
    [new errors.BugError({ message: "" }), 70],
    [new errors.CanceledError({ message: "" }), 130],
  ])("follows the class of %s: %i", (error: errors.DispatchError, code) => {
    expect(exitCode(sum(tell().job().result("a", "b", "fail").end(1, error).events))).toBe(code)
  })

  it("is a bug's where the job never said how it ended", () => {
    expect(exitCode(sum(tell().job().events))).toBe(70)
  })
})
