import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/testing/TestClock"
import { action, retry, sequence } from "../../../src/core/pipeline/action.ts"
import { InfrastructureError } from "../../../src/core/pipeline/errors.ts"
import { Events } from "../../../src/core/pipeline/events.ts"
import { JobData } from "../../../src/core/pipeline/job-data.ts"
import { makePlan } from "../../../src/core/pipeline/plan.ts"
import { runPlan } from "../../../src/core/pipeline/run.ts"
import type { JobEvent } from "../../../src/core/pipeline/events.ts"
import { settleResults } from "../../../src/core/report/settled-results.ts"
import { completeJob, failedJob, tell } from "./story.ts"

const settled = (events: ReadonlyArray<JobEvent>): ReadonlyArray<JobEvent> => {
  const passed: Array<JobEvent> = []
  const settle = settleResults((event) => passed.push(event))
  for (const event of events) settle(event)
  return passed
}

const resultsOf = (events: ReadonlyArray<JobEvent>) =>
  events.filter((event) => event.type === "result").map((event) => event.case)

describe("settleResults", () => {
  it("drops what an action reported before a group around it was tried again", () => {
    expect(resultsOf(failedJob())).toEqual(["http-download", "login-action"])
    expect(resultsOf(settled(failedJob()))).toEqual(["login-action"])
  })

  it.effect("is right about what the runner reports", () =>
    Effect.gen(function* () {
      let downloads = 0
      const fail = Effect.fail(new InfrastructureError({ message: "cut off" }))
      const download = action({
        name: "http-download",
        description: "",
        run: Effect.suspend(() => (++downloads === 1 ? fail : Effect.void)),
      })
      const login = action({ name: "login-action", description: "", run: fail })
      const block = sequence("block", "", [retry(2, sequence("group", "", [download])), login])
      const plan = makePlan([{ action: block, timeouts: {} }], { job: 100 })
      const events: Array<JobEvent> = []
      const fiber = yield* runPlan(plan).pipe(
        Effect.provideService(Events, { emit: (event) => void events.push({ time: 0, ...event }) }),
        Effect.provideService(JobData, JobData.make()),
        Effect.exit,
        Effect.forkChild,
      )
      yield* TestClock.adjust("5 seconds")
      yield* Fiber.join(fiber)
      expect(resultsOf(events)).toEqual(["http-download", "login-action", "block"])
      expect(resultsOf(settled(events))).toEqual(["login-action", "block"])
    }),
  )

  it("passes everything else on at once and in order", () => {
    expect(settled(completeJob())).toEqual(completeJob())
  })

  it("loses nothing where the job ends in the middle of a block", () => {
    const cut = tell()
      .start("1", "boot", "Boot")
      .start("1.1", "login-action", "Log in")
      .actionResult("1.1", "login-action", "no prompt")
      .end(1)
    const types = settled(cut.events).map((event) => event.type)
    expect(types).toEqual(["action-started", "action-started", "result", "job-ended"])
  })

  it("keeps level 1.10 when 1.1 is tried again", () => {
    const error = { level: "1.1", name: "a" }
    const story = tell()
      .start("1", "block", "Block")
      .actionResult("1.10.1", "late", "kept")
      .actionResult("1.1.1", "early", "dropped")
    const again: JobEvent = {
      type: "action-ended",
      time: 0,
      ...error,
      durationSeconds: 1,
      outcome: "fail",
      final: false,
      attempt: 1,
      namespace: "common",
    }
    const events = [...story.events, again, ...tell().done("1", "block", 1).events]
    expect(resultsOf(settled(events))).toEqual(["late"])
  })
})
