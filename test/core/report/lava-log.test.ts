import { describe, expect, it } from "vitest"
import { parse } from "yaml"
import { BugError } from "../../../src/core/pipeline/errors.ts"
import type { JobEvent } from "../../../src/core/pipeline/events.ts"
import { lavaLog } from "../../../src/core/report/lava-log.ts"
import { type LavaResult, resultText } from "../../../src/core/report/lava-result.ts"
import { completeJob, failedJob, tell } from "./story.ts"

interface Entry {
  readonly dt: string
  readonly lvl: string
  readonly msg: unknown
  readonly ns?: string
}

const write = (events: ReadonlyArray<JobEvent>) => {
  let text = ""
  const results: Array<LavaResult> = []
  const log = lavaLog({ write: (lines) => (text += lines), result: (each) => results.push(each) })
  for (const event of events) log.event(event)
  const entries = parse(text, { version: "1.1" }) as ReadonlyArray<Entry>
  return { text, entries, results }
}

describe("lavaLog", () => {
  it("writes LAVA's lines", () => {
    const { text } = write(
      tell()
        .job()
        .wait(1.5)
        .start("1", "master-deploy", "Deploy", 3725)
        .start("1.1", "reset-device", "Reset", 30, 2)
        .target("=> ")
        .type("boot")
        .log("warning", "slow").events,
    )
    expect(text).toBe(
      [
        '- {"dt": "2026-08-01T12:00:00.000000", "lvl": "info", "msg": "job 42 \\"highbank-pxe\\" on highbank-01 (highbank)"}',
        '- {"dt": "2026-08-01T12:00:00.000000", "lvl": "results", "msg": {"case": "validate", "definition": "lava", "result": "pass"}}',
        '- {"dt": "2026-08-01T12:00:01.500000", "lvl": "info", "msg": "start: 1 master-deploy (timeout 01:02:05) [common]"}',
        '- {"dt": "2026-08-01T12:00:01.500000", "lvl": "debug", "msg": "start: 1.1 reset-device try 2 (timeout 00:00:30) [common]"}',
        '- {"dt": "2026-08-01T12:00:01.500000", "lvl": "target", "msg": "=> "}',
        '- {"dt": "2026-08-01T12:00:01.500000", "lvl": "input", "msg": "boot\\n"}',
        '- {"dt": "2026-08-01T12:00:01.500000", "lvl": "warning", "msg": "slow"}',
        "",
      ].join("\n"),
    )
  })

  it("names the other console in ns", () => {
    const line = { type: "console", direction: "target", time: 0 } as const
    const { entries } = write([
      { ...line, console: "uart0", line: "a" },
      { ...line, console: "uart1", line: "b" },
      { ...line, console: "uart0", line: "c" },
    ])
    expect(entries.map(({ ns }) => ns)).toEqual([undefined, "uart1", undefined])
  })

  it("says in each result where its lines begin and end", () => {
    const { entries, results } = write(completeJob())
    const measured = results.find((each) => each.case === "boot-time")
    expect(measured).toBeDefined()
    expect(entries[measured?.starttc ?? -1]?.msg).toBe("<LAVA_SIGNAL_STARTTC boot-time>")
    expect(entries[measured?.endtc ?? -1]?.msg).toBe("<LAVA_SIGNAL_ENDTC boot-time>")
    expect(entries[(measured?.endtc ?? -1) + 1]).toMatchObject({
      lvl: "results",
      msg: { case: "boot-time", measurement: 3.42, starttc: measured?.starttc },
    })
  })

  it("names the line at which an unmarked test case came, but of no reference", () => {
    const { entries, results } = write([
      ...tell().job().target("<LAVA_SIGNAL_TESTCASE TEST_CASE_ID=x RESULT=pass>").events,
      { type: "result", time: 0, suite: "0_a", case: "x", result: "pass" },
      { type: "result", time: 0, suite: "0_a", case: "y", result: "pass", reference: "https://x" },
      { type: "result", time: 0, suite: "lava", case: "0_a", result: "pass" },
    ])
    const [, x, y, suite] = results
    expect(x).toMatchObject({ starttc: x?.endtc })
    expect(entries[x?.starttc ?? -1]?.msg).toContain("TEST_CASE_ID=x")
    expect([y?.starttc, suite?.starttc]).toEqual([undefined, undefined])
  })

  it("says which test a suite was, as LAVA does", () => {
    const test = { uuid: "1_0.0", repository: "https://x/tests.git", path: "a.yaml", commit: "c0" }
    const { results } = write([
      { type: "result", time: 0, suite: "lava", case: "0_a", result: "pass", test },
    ])
    expect(results[0] && resultText(results[0])).toBe(
      '{"case": "0_a", "commit_id": "c0", "definition": "lava", "path": "a.yaml", "repository": "https://x/tests.git", "result": "pass", "revision": "unspecified", "uuid": "1_0.0"}',
    )
  })

  it("keeps every digit of a measurement", () => {
    const { results } = write(completeJob())
    const measured = results.find((each) => each.case === "boot-time")
    expect(measured && resultText(measured)).toContain('"measurement": 3.4200, ')
  })

  it("begins the results with validate and ends them with job", () => {
    const passed = write(completeJob()).results
    expect(passed[0]).toMatchObject({ definition: "lava", case: "validate", result: "pass" })
    expect(passed.at(-1)).toMatchObject({ case: "job", result: "pass", duration: "12.10" })
    const failed = write(failedJob()).results
    expect(failed.at(-1)).toMatchObject({
      definition: "lava",
      case: "job",
      result: "fail",
      error_type: "Job",
      error_msg: expect.stringContaining("the kernel panicked"),
    })
  })

  it("fails validate where the job never got a device", () => {
    const { results } = write(tell().end(0.1, new BugError({ message: "oops" })).events)
    expect(results.map((each) => [each.case, each.result])).toEqual([
      ["validate", "fail"],
      ["job", "fail"],
    ])
  })

  it("tells an error once, however many actions it climbs through", () => {
    const { text } = write(failedJob().filter((event) => event.type !== "result"))
    expect(text.match(/"lvl": "error", "msg": "JobError: /g)).toHaveLength(1)
  })

  it("gives the trace of a bug", () => {
    const error = new BugError({ message: "oops", cause: new TypeError("x is not a function") })
    const { entries } = write(tell().end(0.1, error).events)
    expect(entries[0]).toMatchObject({ lvl: "exception" })
    expect(entries[0]?.msg).toMatch(/^BugError: oops\nTypeError: x is not a function\n\s+at /)
  })

  it("writes far fewer lines of its own than LAVA does", () => {
    const { entries } = write(completeJob())
    expect(entries.filter(({ lvl }) => !["target", "input"].includes(lvl)).length).toBeLessThan(40)
  })
})
