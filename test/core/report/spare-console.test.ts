import { expect, it } from "vitest"
import type { JobEvent } from "../../../src/core/pipeline/events.ts"
import { spareConsole } from "../../../src/core/report/spare-console.ts"
import { tell } from "./story.ts"

const pass = (events: ReadonlyArray<JobEvent>, behind: (event: JobEvent) => boolean) => {
  const passed: Array<JobEvent> = []
  let now: JobEvent | undefined
  const reporter = spareConsole(
    { event: (event) => passed.push(event), end: () => {} },
    () => now !== undefined && behind(now),
  )
  for (now of events) reporter.event(now)
  void reporter.end()
  return passed.map((event) =>
    event.type === "log" ? /^\d+ lines?/.exec(event.message)?.[0] : event.type,
  )
}

it("leaves the console and progress out while the reader is behind, says so in their place, and keeps the rest", () => {
  const story = tell().job().target("1", "2").progress("1", "f", 1).type("3")
  story.result("s", "c", "fail").target("4").end(1)
  expect(pass(story.events, () => true)).toEqual([
    "job-started",
    "3 lines",
    "result",
    "1 line",
    "job-ended",
  ])
})

it("says at the end what is missing there", () => {
  expect(pass(tell().target("1").events, () => true)).toEqual(["1 line"])
})

it("passes everything on to a reader who keeps up", () => {
  const { events } = tell().job().target("1").progress("1", "f", 1).end(1)
  expect(pass(events, () => false)).toEqual(events.map(({ type }) => type))
})
