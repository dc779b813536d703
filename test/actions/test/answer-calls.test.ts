import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/testing/TestClock"
import { answerCalls } from "../../../src/actions/test/answer-calls.ts"
import type { Console, ConsoleLines } from "../../../src/core/console/console.ts"
import { CurrentJob } from "../../../src/core/lab/services.ts"
import { Exchange } from "../../../src/core/multinode/exchange.ts"
import { makeExchange } from "../../../src/core/multinode/job-exchange.ts"
import { JobData } from "../../../src/core/pipeline/job-data.ts"
import { summarize } from "../../../src/core/testshell/stamp.ts"

/** The device's end: what it says, what is typed to it, and the results that come of it. */
const device = Effect.gen(function* () {
  const listeners = new Set<(lines: ConsoleLines) => void>()
  const typed: string[] = []
  const results: string[] = []
  const console: Pick<Console, "onLines" | "sendLine"> = {
    onLines: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    sendLine: (line) => Effect.sync(() => void typed.push(line)),
  }
  const end = yield* answerCalls(console, {
    report: (name, result, { errorMessage = "" }) =>
      void results.push(`${name} ${result} ${errorMessage}`.trim()),
  })
  const say = (number: number, text: string) => {
    const covered = `<LAVA_MULTI_NODE> <LAVA_${text} #${number}`
    const { length, sum } = summarize(covered)
    const lines = [`${covered}.${length}.${sum}>`]
    for (const listener of listeners) listener({ source: "device", time: 0, lines })
    return TestClock.adjust(10)
  }
  return { end, say, typed, results }
})

const asNode =
  (exchange: Exchange["Service"]) =>
  <A, E, R>(work: Effect.Effect<A, E, R>) =>
    work.pipe(
      Effect.provideService(Exchange, exchange),
      Effect.provideService(JobData, JobData.make()),
      Effect.provideService(CurrentJob, {
        id: "1",
        name: "a job",
        // No call looks at it.
        device: {} as CurrentJob["Service"]["device"],
        directory: "",
        outputDirectory: undefined,
        submitter: "",
        role: { node: "one", role: "one", essential: false, waitSeconds: 60 },
      }),
    )

const two = () =>
  makeExchange([
    { node: "one", role: "one" },
    { node: "two", role: "two" },
  ])

describe("the answers to the calls of a stage", () => {
  it.effect("are typed again where the call comes again, but not where the two have crossed", () =>
    Effect.gen(function* () {
      const { say, typed, results } = yield* device
      yield* say(1, "SEND hello")
      yield* say(1, "SEND hello")
      expect(typed.length).toBe(1)
      yield* TestClock.adjust(2000)
      yield* say(1, "SEND hello")
      expect(typed.length).toBe(2)
      expect(new Set(typed).size).toBe(1)
      yield* say(2, "SEND hello")
      expect(typed.length).toBe(3)
      expect(results).toEqual(["multinode-send-hello pass", "multinode-send-hello pass"])
    }).pipe(Effect.scoped, asNode(two().forNode("one"))),
  )

  it.effect("come once for a call that is said again while it waits", () => {
    const exchange = two()
    return Effect.gen(function* () {
      const { say, typed, results } = yield* device
      yield* say(1, "WAIT up")
      yield* TestClock.adjust(4000)
      yield* say(1, "WAIT up")
      expect(typed).toEqual([])
      yield* exchange.forNode("two").send("up", { ip: "10.0.0.1" })
      yield* TestClock.adjust(10)
      expect(typed).toEqual([expect.stringContaining("<LAVA_WAIT_COMPLETE two:ip=10.0.0.1 #1.")])
      expect(results).toEqual(["multinode-wait-up pass"])
    }).pipe(Effect.scoped, asNode(exchange.forNode("one")))
  })

  it.effect("meet again under a name after a meeting that one came late to", () => {
    const exchange = two()
    return Effect.gen(function* () {
      const { say, typed, results } = yield* device
      yield* say(1, "SYNC met")
      yield* TestClock.adjust(61_000)
      expect(typed).toEqual([expect.stringContaining("<LAVA_SYNC_COMPLETE nack waited 60 s")])
      yield* exchange.forNode("two").send("sync 1 of met")
      yield* say(2, "SYNC met")
      expect(results.at(-1)).toBe("multinode-sync-met pass")
    }).pipe(Effect.scoped, asNode(exchange.forNode("one")))
  })

  it.effect("fail when the stage ends without them, with why", () =>
    Effect.gen(function* () {
      const { end, say, results } = yield* device
      yield* say(1, "WAIT never")
      end("the board died")
      expect(results).toEqual(["multinode-wait-never fail the board died"])
    }).pipe(Effect.scoped, asNode(two().forNode("one"))),
  )
})
