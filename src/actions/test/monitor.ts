import * as Effect from "effect/Effect"
import type { Pattern } from "../../core/console/pattern.ts"
import type { Blocks, JobDefinition } from "../../core/job/v2/job.ts"
import type { Monitor } from "../../core/job/v2/test/monitors.ts"
import type { JobServices } from "../../core/lab/services.ts"
import { type Action, action } from "../../core/pipeline/action.ts"
import type { DispatchError } from "../../core/pipeline/errors.ts"
import { Events } from "../../core/pipeline/events.ts"
import { part } from "../../core/pipeline/part.ts"
import { foundResult } from "../../core/testshell/found-result.ts"
import { type SuiteEvent, SuiteResults } from "../../core/testshell/results.ts"
import { waitFor } from "../connection.ts"
import { asTestError } from "./as-test-error.ts"

/** Whether all that the job's tests do is watch the console. */
export const isMonitored = ({ actions }: JobDefinition): boolean => {
  const tests = actions.flatMap((each) => ("test" in each ? [each.test] : []))
  return tests.length > 0 && tests.every((test) => "monitors" in test)
}

/** LAVA's monitors: results read off what the device prints by itself, from its start message to its end message. */
export const monitorTest = ({
  monitors,
}: Extract<Blocks["test"], { monitors: unknown }>): Action<JobServices> =>
  action({
    name: "lava-test-monitor-retry",
    description: `read results off the console: ${monitors.map(({ name }) => name).join(", ")}`,
    details: monitors.map(({ start, end }) => `look between "${start}" and "${end}"`),
    run: part(
      "lava-test-monitor",
      Effect.forEach(monitors, runMonitor, { discard: true }).pipe(Effect.mapError(asTestError)),
    ),
  })

const runMonitor = (monitor: Monitor): Effect.Effect<void, DispatchError, JobServices> =>
  Effect.gen(function* () {
    const { name, start, end, pattern, expected } = monitor
    const { emit } = yield* Events
    const suite = name.replaceAll(" ", "-").toLowerCase()
    const results = new SuiteResults([{ name: suite, ...(expected && { expected }) }])
    // The suite has no result of its own in LAVA: the action has.
    const tell = (events: ReadonlyArray<SuiteEvent>) => {
      for (const event of events) if (event.type !== "suite-ended") emit(event)
    }
    const read = Effect.gen(function* () {
      yield* waitFor(`the start of ${name}`, [patternOf("start", start)], { allowReset: true })
      tell(results.accept({ type: "STARTRUN", definition: suite, uuid: "" }))
      for (;;) {
        const found = yield* waitFor(`a result or the end of ${name}`, [
          patternOf("end", end),
          patternOf("result", pattern),
        ])
        if (found.name === "end") return
        const signal = resultOf(found.named, found.text, monitor)
        if (signal) tell(results.accept(signal))
      }
    })
    yield* Effect.ensuring(
      read,
      Effect.sync(() => tell(results.end())),
    )
  })

const patternOf = (name: string, source: string): Pattern => ({ name, pattern: new RegExp(source) })

/** What a match says. LAVA's names of test cases are in small letters here, and a mere measurement passes. */
const resultOf = (
  { test_case_id: id, result, measurement, ...more }: Readonly<Record<string, string | undefined>>,
  text: string,
  { fixupdict }: Monitor,
) =>
  foundResult({
    groups: {
      test_case_id: id
        ?.trim()
        .toLowerCase()
        .replace(/[^\p{L}\p{N}_]+/gu, "_"),
      result: result ?? (measurement ? "pass" : undefined),
      measurement,
      ...more,
    },
    fixupdict,
    text,
  })
