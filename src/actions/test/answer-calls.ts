import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import * as Semaphore from "effect/Semaphore"
import type * as Scope from "effect/Scope"
import type { Console } from "../../core/console/console.ts"
import { CurrentJob } from "../../core/lab/services.ts"
import { answerTo, type Call, caseOf, type Outcome, readCall } from "../../core/multinode/call.ts"
import type { Exchange } from "../../core/multinode/exchange.ts"
import { perform } from "../../core/multinode/perform.ts"
import { remainingSeconds } from "../../core/pipeline/deadline.ts"
import type { JobData } from "../../core/pipeline/job-data.ts"
import type { StageResults } from "./stage-results.ts"

/** A call that comes again so soon after its answer has crossed it on the line, in ms. */
const crossingMs = 1000

/** What was typed for a call, and when; undefined while there is no answer. */
type Answered = { readonly lines: ReadonlyArray<string>; readonly at: number } | undefined

/**
 * Answers what the tests of a stage ask of the other nodes (lava-send, lava-wait ...) for as long as the Scope is open;
 * each is a test case, too. One whose answer was lost on the way is answered again.
 *
 * @returns what is to be called when the stage is over, with why: it fails the calls that are still open
 */
export const answerCalls = (
  console: Pick<Console, "onLines" | "sendLine">,
  results: Pick<StageResults, "report">,
): Effect.Effect<(reason: string) => void, never, Exchange | JobData | CurrentJob | Scope.Scope> =>
  Effect.gen(function* () {
    const { role } = yield* CurrentJob
    const calls = yield* Queue.unbounded<Call>()
    const known = new Map<number, Answered>()
    const open = new Set<Call>()
    const oneAnswer = Semaphore.makeUnsafe(1)

    const type = (lines: ReadonlyArray<string>) =>
      Semaphore.withPermit(
        oneAnswer,
        Effect.forEach(lines, (line) => console.sendLine(line), { discard: true }),
      ).pipe(
        // Who runs the stage is told of a lost console.
        Effect.ignore,
      )

    const close = (call: Call, failure?: string, kind = "Test", durationSeconds?: number) => {
      if (!open.delete(call)) return
      results.report(caseOf(call), failure === undefined ? "pass" : "fail", {
        ...(durationSeconds !== undefined && { durationSeconds }),
        ...(failure !== undefined && { errorMessage: failure, errorType: kind }),
      })
    }

    const answer = (call: Call) =>
      Effect.gen(function* () {
        const start = yield* Clock.currentTimeMillis
        known.set(call.number, undefined)
        open.add(call)
        const seconds = role?.waitSeconds ?? (yield* remainingSeconds)
        const outcome = yield* Effect.match(perform(call, seconds), {
          onSuccess: (messages): Outcome & { timedOut?: boolean } => ({ messages }),
          onFailure: ({ message, timedOut = false }) => ({ refused: message, timedOut }),
        })
        const took = ((yield* Clock.currentTimeMillis) - start) / 1000
        const failure = "refused" in outcome ? outcome.refused : undefined
        close(call, failure, outcome.timedOut ? "MultinodeTimeout" : "Test", took)
        const lines = answerTo(call, outcome)
        yield* type(lines)
        known.set(call.number, { lines, at: yield* Clock.currentTimeMillis })
      })

    const again = ({ number }: Call) =>
      Effect.gen(function* () {
        const answered = known.get(number)
        const now = yield* Clock.currentTimeMillis
        if (answered === undefined || now - answered.at < crossingMs) return
        known.set(number, undefined)
        yield* type(answered.lines)
        known.set(number, { ...answered, at: yield* Clock.currentTimeMillis })
      })

    const stopListening = console.onLines(({ source, lines }) => {
      if (source !== "device") return
      for (const line of lines) {
        const call = readCall(line)
        if (call) Queue.offerUnsafe(calls, call)
      }
    })
    yield* Effect.addFinalizer(() => Effect.sync(stopListening))
    yield* Queue.take(calls).pipe(
      Effect.flatMap((call) =>
        Effect.forkScoped(known.has(call.number) ? again(call) : answer(call)),
      ),
      Effect.forever,
      Effect.forkScoped,
    )
    return (reason) => {
      for (const call of open) close(call, reason)
    }
  })
