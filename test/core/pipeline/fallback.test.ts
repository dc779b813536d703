import { describe, expect, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as TestClock from "effect/testing/TestClock"
import * as Fiber from "effect/Fiber"
import {
  action,
  fallback,
  sequence,
  withTimeout,
  type Action,
} from "../../../src/core/pipeline/action.ts"
import {
  BugError,
  type DispatchError,
  InfrastructureError,
  JobError,
} from "../../../src/core/pipeline/errors.ts"
import { Events, type JobEventBody } from "../../../src/core/pipeline/events.ts"
import { JobData } from "../../../src/core/pipeline/job-data.ts"
import { allActions, makePlan, usualActions } from "../../../src/core/pipeline/plan.ts"
import { asError, runPlan } from "../../../src/core/pipeline/run.ts"

type Services = Events | JobData
type Run = Effect.Effect<void, DispatchError, Services>

const words = { failed: "the system did not come up", restored: "the board is back" }
const step = (name: string, run: Run = Effect.void): Action<Services> =>
  action({ name, description: name, run })

const planOf = (boot: Run, back: Run) =>
  makePlan(
    [
      {
        action: sequence("boot", "", [
          step("login", boot),
          fallback(words, withTimeout(50, step("return", back))),
          step("overlay"),
        ]),
        timeouts: { timeout: 20 },
      },
    ],
    { job: 30 },
  )

const run = (boot: Run, back: Run = Effect.void) => {
  const events: Array<JobEventBody> = []
  const outcome = runPlan(planOf(boot, back)).pipe(
    Effect.provideService(Events, { emit: (event) => void events.push(event) }),
    Effect.provideService(JobData, JobData.make()),
    Effect.exit,
    Effect.map((exit) => ({
      error: Exit.isFailure(exit) ? asError(exit.cause) : undefined,
      ran: events.flatMap((event) => (event.type === "action-ended" ? [event.name] : [])),
      results: events.flatMap((event) =>
        event.type === "result" ? [`${event.case} ${event.result}`] : [],
      ),
    })),
  )
  return outcome
}

describe("a fallback", () => {
  it.effect("does not run where nothing failed", () =>
    Effect.gen(function* () {
      const { error, ran } = yield* run(Effect.void)
      expect({ error, ran }).toEqual({ error: undefined, ran: ["login", "overlay", "boot"] })
    }),
  )

  it.effect("that brings the device back makes a failure the job's", () =>
    Effect.gen(function* () {
      const failure = Effect.fail(new InfrastructureError({ message: "no kernel" }))
      const { error, ran, results } = yield* run(failure)
      expect(error).toMatchObject({
        _tag: "JobError",
        action: "login",
        message: "the system did not come up: no kernel; the board is back",
      })
      expect(ran).toEqual(["login", "return", "boot"])
      expect(results).toEqual(["login fail", "return pass", "boot fail"])
    }),
  )

  it.effect("that fails as well makes it the lab's", () =>
    Effect.gen(function* () {
      const lost = Effect.fail(new JobError({ message: "no prompt of the master" }))
      const { error, results } = yield* run(Effect.fail(new JobError({ message: "panic" })), lost)
      expect(error).toMatchObject({
        _tag: "InfrastructureError",
        message: "the system did not come up: panic; and no prompt of the master",
      })
      expect(results).toEqual(["login fail", "return fail", "boot fail"])
    }),
  )

  it.effect("does not run after a mistake in the program, which tells nothing of the device", () =>
    Effect.gen(function* () {
      const { error, ran } = yield* run(Effect.fail(new BugError({ message: "oh" })))
      expect(error).toMatchObject({ _tag: "BugError", message: "oh" })
      expect(ran).toEqual(["login", "boot"])
    }),
  )

  it.effect("has its own time, though the failure took all of the group's and the job's", () =>
    Effect.gen(function* () {
      const ran = yield* Effect.forkChild(run(Effect.never, Effect.sleep(45_000)))
      yield* TestClock.adjust(70_000)
      const { error } = yield* Fiber.join(ran)
      expect(error?.message).toContain("login did not finish within 20 s")
      expect(error?.message).toContain("; the board is back")
      expect(yield* Clock.currentTimeMillis).toBeGreaterThan(30_000)
    }),
  )

  it("stands in the plan, but is no step of a job that goes well", () => {
    const { blocks } = planOf(Effect.void, Effect.void)
    expect(allActions(blocks).find(({ name }) => name === "return")).toMatchObject({
      level: "1.2",
      timeoutSeconds: 50,
      fallback: words,
    })
    expect(usualActions(blocks).map(({ name }) => name)).toEqual(["boot", "login", "overlay"])
  })
})
