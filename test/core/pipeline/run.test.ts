import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import type * as Scope from "effect/Scope"
import * as TestClock from "effect/testing/TestClock"
import { action, always, retry, sequence, withTimeout } from "../../../src/core/pipeline/action.ts"
import type { Action } from "../../../src/core/pipeline/action.ts"
import {
  BugError,
  type DispatchError,
  InfrastructureError,
  JobError,
} from "../../../src/core/pipeline/errors.ts"
import { watchFor } from "../../../src/core/pipeline/breakdown.ts"
import { Events, type JobEventBody } from "../../../src/core/pipeline/events.ts"
import { dataKey, getData, JobData, setData } from "../../../src/core/pipeline/job-data.ts"
import { type BlockTimeouts, makePlan } from "../../../src/core/pipeline/plan.ts"
import { asError, runPlan } from "../../../src/core/pipeline/run.ts"
import { remainingSeconds } from "../../../src/core/pipeline/deadline.ts"

type Services = Events | JobData | Scope.Scope

const run = (
  actions: ReadonlyArray<Action<Services>>,
  jobSeconds = 100,
  timeouts: BlockTimeouts = { timeout: 60 },
) => {
  const events: Array<JobEventBody> = []
  const plan = makePlan(
    actions.map((each) => ({ action: each, timeouts })),
    { job: jobSeconds },
  )
  const effect = runPlan(plan).pipe(
    Effect.provideService(Events, { emit: (event) => void events.push(event) }),
    Effect.provideService(JobData, JobData.make()),
    Effect.scoped,
    Effect.exit,
  )
  return { effect, events }
}

const step = (name: string, body: Effect.Effect<void, DispatchError, Services> = Effect.void) =>
  action<Services>({ name, description: `does ${name}`, run: body })

const ended = (events: ReadonlyArray<JobEventBody>) =>
  events.flatMap((event) =>
    event.type === "action-ended" ? [`${event.level} ${event.name} ${event.outcome}`] : [],
  )

const errorOf = (exit: Exit.Exit<void, DispatchError>) =>
  Exit.isFailure(exit) ? asError(exit.cause) : undefined

describe("runPlan", () => {
  it.effect("runs the steps in order and reports each", () =>
    Effect.gen(function* () {
      const { effect, events } = run([
        sequence("group", "", [step("one"), step("two")]),
        step("three"),
      ])
      expect(Exit.isSuccess(yield* effect)).toBe(true)
      expect(ended(events)).toEqual([
        "1.1 one pass",
        "1.2 two pass",
        "1 group pass",
        "2 three pass",
      ])
    }),
  )

  it.effect("stops at the first failure, which carries the action's name", () =>
    Effect.gen(function* () {
      const broken = step("two", Effect.fail(new JobError({ message: "no such deb" })))
      const { effect, events } = run([sequence("group", "", [step("one"), broken, step("three")])])
      const error = errorOf(yield* effect)
      expect(error).toMatchObject({ _tag: "JobError", message: "no such deb", action: "two" })
      expect(ended(events)).toEqual(["1.1 one pass", "1.2 two fail", "1 group fail"])
      expect(events.filter((event) => event.type === "result")).toMatchObject([
        { suite: "lava", case: "two", result: "fail", errorType: "Job" },
        { suite: "lava", case: "group", result: "fail", errorType: "Job" },
      ])
    }),
  )

  it.effect("runs what always runs after a failure, and tells of both errors", () =>
    Effect.gen(function* () {
      const { effect, events } = run([
        sequence("group", "", [
          step("one", Effect.fail(new JobError({ message: "first" }))),
          step("two"),
          always(step("three", Effect.fail(new JobError({ message: "second" })))),
        ]),
      ])
      expect(errorOf(yield* effect)?.message).toBe("first; and second")
      expect(ended(events)).toEqual(["1.1 one fail", "1.3 three fail", "1 group fail"])
    }),
  )

  it.effect("runs what always runs after a cancellation too, with its own time limit", () =>
    Effect.gen(function* () {
      const { effect, events } = run([
        step("work", Effect.never),
        always(withTimeout(5, step("finalize", Effect.never))),
        always(step("last")),
      ])
      const fiber = yield* Effect.forkChild(effect)
      yield* TestClock.adjust("1 second")
      const interrupted = yield* Effect.forkChild(Fiber.interrupt(fiber))
      yield* TestClock.adjust("70 seconds")
      yield* Fiber.join(interrupted)
      expect(ended(events)).toEqual(["1 work canceled", "2 finalize fail", "3 last pass"])
    }),
  )

  it.effect("gives what always runs its time even when the job has none left", () =>
    Effect.gen(function* () {
      const { effect, events } = run(
        [step("work", Effect.never), always(step("last", Effect.sleep("3 seconds")))],
        60,
      )
      const fiber = yield* Effect.forkChild(effect)
      yield* TestClock.adjust("100 seconds")
      expect(errorOf(yield* Fiber.join(fiber))?.message).toContain("work did not finish")
      expect(ended(events)).toEqual(["1 work fail", "2 last pass"])
    }),
  )

  it.effect("tries again what a retry may cure, and reports one failure at most", () =>
    Effect.gen(function* () {
      let tries = 0
      const flaky = Effect.suspend(() =>
        ++tries < 3 ? Effect.fail(new InfrastructureError({ message: "cut" })) : Effect.void,
      )
      const { effect, events } = run([retry(3, step("transfer", flaky))])
      const fiber = yield* Effect.forkChild(effect)
      yield* TestClock.adjust("10 seconds")
      expect(Exit.isSuccess(yield* Fiber.join(fiber))).toBe(true)
      expect(tries).toBe(3)
      expect(events.filter((event) => event.type === "result")).toEqual([])
      expect(
        events.flatMap((event) =>
          event.type === "action-ended" ? [[event.outcome, event.final]] : [],
        ),
      ).toEqual([
        ["fail", false],
        ["fail", false],
        ["pass", true],
      ])
    }),
  )

  it.effect("does not retry a bug, and names an exception as one", () =>
    Effect.gen(function* () {
      let tries = 0
      const buggy = Effect.sync(() => {
        tries++
        throw new TypeError("x is not a function")
      })
      const { effect } = run([retry(3, step("plugin", buggy))])
      const error = errorOf(yield* effect)
      expect(error).toBeInstanceOf(BugError)
      expect(error?.message).toContain("x is not a function")
      expect(tries).toBe(1)
    }),
  )

  it.effect("gives each try its share of the time and ends one that takes longer", () =>
    Effect.gen(function* () {
      const shares: Array<number> = []
      const slow = Effect.gen(function* () {
        shares.push(yield* remainingSeconds)
        return yield* Effect.never
      })
      const { effect } = run([retry(2, withTimeout(40, step("slow", slow)), 5)])
      const fiber = yield* Effect.forkChild(effect)
      yield* TestClock.adjust("70 seconds")
      const error = errorOf(yield* Fiber.join(fiber))
      expect(error?.message).toContain("slow did not finish within")
      expect(shares).toEqual([30, 30])
    }),
  )

  it.effect("ends a job that takes longer than its own limit", () =>
    Effect.gen(function* () {
      const { effect } = run(
        [withTimeout(20, step("a", Effect.sleep("59 seconds"))), step("b", Effect.never)],
        80,
      )
      const fiber = yield* Effect.forkChild(effect)
      yield* TestClock.adjust("90 seconds")
      expect(errorOf(yield* Fiber.join(fiber))).toMatchObject({ _tag: "JobError" })
    }),
  )

  it.effect("goes on after a block that ran out of time, where its timeout says skip", () =>
    Effect.gen(function* () {
      const quick = step("quick", Effect.fail(new JobError({ message: "too late" })))
      const own = Effect.gen(function* () {
        yield* Effect.sleep((yield* remainingSeconds) * 1000)
        return yield* new JobError({ message: "waited for a prompt" })
      })
      const { effect, events } = run(
        [
          sequence("group", "", [step("slow", Effect.never), step("after")]),
          sequence("waiting", "", [step("wait", own)]),
          step("next"),
          quick,
          step("never"),
        ],
        100,
        { timeout: 10, skip: true },
      )
      const fiber = yield* Effect.forkChild(effect)
      yield* TestClock.adjust("30 seconds")
      expect(errorOf(yield* Fiber.join(fiber))?.message).toBe("too late")
      expect(ended(events)).toEqual([
        "1.1 slow fail",
        "1 group fail",
        "2.1 wait fail",
        "2 waiting fail",
        "3 next pass",
        "4 quick fail",
      ])
      expect(events).toContainEqual(
        expect.objectContaining({ type: "result", case: "slow", result: "fail" }),
      )
    }),
  )

  it.effect("reports an interrupted action as canceled", () =>
    Effect.gen(function* () {
      const { effect, events } = run([
        sequence("group", "", [step("one", Effect.never), step("two")]),
      ])
      const fiber = yield* Effect.forkChild(effect)
      yield* TestClock.adjust("1 second")
      yield* Fiber.interrupt(fiber)
      expect(ended(events)).toEqual(["1.1 one canceled", "1 group canceled"])
    }),
  )

  it.effect("keeps the data of namespaces apart and names data that nobody left", () =>
    Effect.gen(function* () {
      const release = dataKey<string>("kernel-release")
      const seen: Array<string> = []
      const read = Effect.map(getData(release), (value) => void seen.push(value))
      const { effect } = run([
        { ...step("a", setData(release, "6.1")), namespace: "one" },
        { ...step("b", setData(release, "6.2")), namespace: "two" },
        { ...step("c", read), namespace: "one" },
        { ...step("d", read), namespace: "three" },
      ])
      const error = errorOf(yield* effect)
      expect(seen).toEqual(["6.1"])
      expect(error).toMatchObject({ _tag: "BugError", action: "d" })
      expect(error?.message).toContain("kernel-release")
    }),
  )
})

describe("what breaks while something else is waited for", () => {
  it.effect("ends the running action and each later one, but what always runs", () =>
    Effect.gen(function* () {
      const broken = new InfrastructureError({ message: "the server is gone" })
      const starts = step(
        "starts",
        watchFor(Effect.andThen(Effect.sleep("3 seconds"), Effect.fail(broken))),
      )
      const { effect, events } = run([
        sequence("group", "", [starts, retry(2, step("waits", Effect.never))]),
        always(step("finalize", Effect.sleep("1 second"))),
      ])
      const fiber = yield* Effect.forkChild(effect)
      yield* TestClock.adjust("10 seconds")
      expect(errorOf(yield* Fiber.join(fiber))).toMatchObject({
        message: "the server is gone",
        action: "waits",
      })
      expect(ended(events)).toEqual([
        "1.1 starts pass",
        "1.2 waits fail",
        "1.2 waits fail",
        "1 group fail",
        "2 finalize pass",
      ])
    }),
  )
})

describe("a program that this machine lacks", () => {
  it.effect("ends the job before it begins", () =>
    Effect.gen(function* () {
      const needs = {
        ...step("needs"),
        programs: [
          { command: "sh", debian: "dash" },
          { command: "no-such-mkimage", debian: "u-boot-tools" },
        ],
      }
      const { effect, events } = run([step("first"), sequence("group", "", [needs])])
      const error = errorOf(yield* effect)
      expect(error?.message).toBe(
        "this machine does not have the program `no-such-mkimage`, which the job needs: apt install u-boot-tools",
      )
      expect(error).toBeInstanceOf(InfrastructureError)
      expect(ended(events)).toEqual([])
    }),
  )
})
