import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { execa } from "execa"
import { describe, expect, it, onTestFinished } from "vitest"
import type { JobEvent } from "../../../src/core/pipeline/events.ts"
import { summarize } from "../../../src/core/report/summary.ts"
import { tap } from "../../../src/core/report/tap.ts"
import { completeJob, failedJob, tell } from "./story.ts"

const tapOf = (events: ReadonlyArray<JobEvent>): string => {
  const summary = summarize()
  for (const event of events) summary.event(event)
  return tap(summary.summary())
}

/** What Perl's own reader of TAP, which many a tool is built on, says of a text. */
const proved = async (text: string) => {
  const directory = mkdtempSync(join(tmpdir(), "tap-"))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  writeFileSync(join(directory, "results.tap"), text)
  const { stdout, exitCode } = await execa("prove", ["results.tap"], {
    cwd: directory,
    reject: false,
  })
  return { stdout, exitCode }
}

describe("tap", () => {
  it("is read by prove, a case a line and the job as the last", async () => {
    const { stdout, exitCode } = await proved(tapOf(completeJob()))
    const { counts } = summaryOf(completeJob())
    const count = counts.pass + counts.fail + counts.skip + counts.unknown + 1
    expect(stdout).toContain(`Tests=${count},`)
    expect(stdout).not.toContain("Parse errors")
    expect(exitCode === 0).toBe(counts.fail + counts.unknown === 0)
  })

  it("fails where the job did, though no case has", async () => {
    const text = tapOf(failedJob().filter(({ type }) => type !== "result"))
    expect(text).toMatch(/^TAP version 13\n1\.\.1\nnot ok 1 - lava job\n {2}---\n {2}"message": /)
    expect(await proved(text)).toMatchObject({ exitCode: 1 })
  })

  it("has of a case what is known of it, and no directive that is not meant", async () => {
    const { events } = tell().job()
    const result = { type: "result", time: 0, suite: "0_smoke" } as const
    const text = tapOf([
      ...events,
      { ...result, case: "speed", set: "net", result: "pass", measurement: "1.50", units: "MB/s" },
      { ...result, case: "a # TODO b", result: "fail" },
      { ...result, case: "later", result: "skip" },
      { ...result, case: "odd", result: "unknown" },
    ])
    expect(text).toBe(`TAP version 13
1..5
ok 1 - 0_smoke net speed
  ---
  "measurement": "1.50"
  "units": "MB/s"
  ...
not ok 2 - 0_smoke a _ TODO b
ok 3 - 0_smoke later # SKIP
not ok 4 - 0_smoke odd
  ---
  "result": "unknown"
  ...
ok 5 - lava job
`)
    const { stdout } = await proved(text)
    expect(stdout).toContain("Failed 2/5 subtests")
  })
})

function summaryOf(events: ReadonlyArray<JobEvent>) {
  const summary = summarize()
  for (const event of events) summary.event(event)
  return summary.summary()
}
