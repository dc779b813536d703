import { describe, expect, it } from "vitest"
import { CanceledError } from "../../../../src/core/pipeline/errors.ts"
import type { JobEvent } from "../../../../src/core/pipeline/events.ts"
import { styleFor } from "../../../../src/core/report/style.ts"
import { summarize } from "../../../../src/core/report/summary.ts"
import { endingLines } from "../../../../src/core/report/terminal/ending.ts"
import { textWidth } from "../../../../src/core/report/terminal/text.ts"
import { tell } from "../story.ts"

const style = styleFor({ colour: false, unicode: true })

const ending = (events: ReadonlyArray<JobEvent>, width = 80) => {
  const job = summarize()
  for (const event of events) job.event(event)
  return endingLines(job.summary(), width, style)
}

describe("endingLines", () => {
  it("is short where all is well", () => {
    expect(ending(tell().job().result("0_a", "boot", "pass").end(65).events)).toEqual([
      "",
      "  suite  case  result",
      "  0_a    boot  pass",
      "",
      "✔ Complete in 1 min 5 s",
      "  1 passed",
    ])
    expect(ending(tell().job().end(65).events)).toEqual(["", "✔ Complete in 1 min 5 s"])
  })

  it("shows only what did not pass where there are many cases", () => {
    const story = tell().job()
    for (let index = 0; index < 1000; index++) {
      story.result("0_ltp", `case-${index}`, index % 100 === 7 ? "fail" : "pass")
    }
    const lines = ending(story.end(60).events)
    expect(lines.slice(0, 5)).toEqual([
      "",
      "  suite  case      result",
      "  0_ltp  case-7    fail",
      "  0_ltp  case-107  fail",
      "  0_ltp  case-207  fail",
    ])
    expect(lines.slice(-7)).toEqual([
      "  0_ltp  case-907  fail",
      "  … and 990 more cases",
      "",
      "✖ Complete in 1 min, but 10 of 1000 cases did not pass",
      "  990 passed · 10 failed",
      "",
      "  no files kept: --output-dir DIR keeps the log, the console and the results",
    ])
  })

  it("says no more of a canceled job: who canceled it knows", () => {
    const error = new CanceledError({ message: "the job was canceled" })
    const started = tell().job().events
    const lines = ending([
      ...started,
      { type: "job-ended", time: 0, status: "canceled", durationSeconds: 5, error },
    ])
    expect(lines).toEqual(["", "✖ Canceled in 5.0 s"])
  })

  it("does without columns where there is no room for them", () => {
    const story = tell().job()
    story.result("0_suite", "a-long-name", "fail", { measurement: "12", durationSeconds: 2 })
    const header = (width: number) => ending(story.end(1).events, width)[1]
    expect(header(80)).toBe("  suite    case         result  measurement  time")
    expect(header(46)).toBe("  suite    case         result  measurement")
    expect(header(34)).toBe("  suite    case         result")
    expect(header(24)).toBe("  case         result")
    expect(ending(story.events, 19)[2]).toBe("  a-long-n…  fail")
  })

  it("keeps to the width by shortening suites and cases", () => {
    const story = tell().job()
    const long = "a-very-long-name-of-a-test-case-that-nobody-can-remember"
    story.result(`0_${long}`, long, "pass", { measurement: "1234.5678", units: "MB/s" })
    const lines = ending(story.end(1).events, 60)
    expect(Math.max(...lines.map(textWidth))).toBe(60)
    expect(lines[2]).toMatch(/^ {2}0_a-very\S*… {2}a-very-long\S*… {2}pass {4}1234\.5678 MB\/s$/)
  })
})
