import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { match } from "ts-pattern"
import { waitFailure } from "../../core/console/wait-failure.ts"
import type { Blocks, JobDefinition } from "../../core/job/v2/job.ts"
import type { JobServices } from "../../core/lab/services.ts"
import { type Action, action } from "../../core/pipeline/action.ts"
import { type DispatchError, TestError } from "../../core/pipeline/errors.ts"
import { Events } from "../../core/pipeline/events.ts"
import { getData } from "../../core/pipeline/job-data.ts"
import { asError } from "../../core/pipeline/run.ts"
import { parsePattern } from "../../core/testshell/parse-pattern.ts"
import { SuiteResults, type SuiteEvent } from "../../core/testshell/results.ts"
import type { Signal } from "../../core/testshell/signal.ts"
import { SignalParser } from "../../core/testshell/signals.ts"
import { DeviceShell, deviceConsole } from "../connection.ts"
import { jobOverlay } from "./job-overlay.ts"
import { sendOverlay } from "./send-overlay.ts"

/** How often signals that did not arrive are asked for again. */
const recoveries = 3

/** Runs the test definitions of a block in the device's shell, and reports what they say. */
export const lavaTestShell = (
  job: JobDefinition,
  test: Blocks["test"],
  stage: number,
): Action<JobServices> =>
  action({
    name: "lava-test-shell",
    description: `run ${test.definitions.map(({ name }) => name).join(", ")}`,
    run: Effect.scoped(runStage(job, test, stage)),
  })

const runStage = (job: JobDefinition, test: Blocks["test"], number: number) =>
  Effect.gen(function* () {
    const made = yield* jobOverlay(job)
    yield* sendOverlay(made)
    const stage = made.overlay.stages[number]
    if (!stage) return
    const shell = yield* getData(DeviceShell)
    const console = yield* deviceConsole
    const { emit } = yield* Events

    const expected = made.expected[number] ?? []
    const parser = new SignalParser({ stage: stage.name })
    const suites = stage.tests.map((name, index) => ({
      name,
      ...(expected[index]?.expected && { expected: expected[index].expected }),
    }))
    const results = new SuiteResults(suites)
    const patterns = new Map(
      stage.tests.flatMap((name, index) => {
        const parse = expected[index]?.parse
        return parse ? [[name, parsePattern(parse)] as const] : []
      }),
    )
    const raised = yield* Deferred.make<never, TestError>()
    let running: string | undefined
    let finished = false
    const tell = (events: ReadonlyArray<SuiteEvent>) => {
      for (const event of events) emit(event.type === "suite-ended" ? asResult(event) : event)
    }
    const accept = (signals: ReadonlyArray<Signal>) => {
      for (const signal of signals) {
        match(signal)
          .with({ type: "STARTRUN" }, ({ definition }) => {
            running = definition
          })
          .with({ type: "EXIT" }, () => {
            finished = true
          })
          .with({ type: "TESTEVENT" }, ({ message }) =>
            emit({ type: "log", level: "info", message: `event of the test: ${message}` }),
          )
          .with({ type: "TESTRAISE" }, ({ message }) => {
            const error = new TestError({ message: `the test raised an error: ${message}` })
            Deferred.doneUnsafe(raised, Effect.fail(error))
          })
          .otherwise(() => {})
        tell(results.accept(signal))
      }
    }
    const stopListening = console.onLines(({ source, lines }) => {
      if (source !== "device") return
      accept(parser.push(`${lines.join("\n")}\n`))
      const parse = running === undefined ? undefined : patterns.get(running)
      if (parse) accept(lines.flatMap((line) => parse(line) ?? []))
    })
    yield* Effect.addFinalizer(() => Effect.sync(stopListening))

    const ran = yield* Effect.exit(
      Effect.raceFirst(
        shell.run(stage.command, { allowPanic: test.ignore_kernel_messages ?? false }),
        Deferred.await(raised),
      ),
    )
    stopListening()
    if (Exit.isSuccess(ran)) {
      for (let tries = 0, request = parser.request(); request && tries < recoveries; tries++) {
        const { output } = yield* shell.run(
          `${made.overlay.directory}/bin/lava-signals ${stage.name} ${request}`,
        )
        accept(parser.recover(output))
        request = parser.request()
      }
    }
    accept(parser.end())
    if (Exit.isFailure(ran)) {
      const error = asTestError(asError(ran.cause))
      tell(results.end(error.message))
      return yield* error
    }
    tell(results.end())
    if (!finished) {
      return yield* new TestError({
        message: `the test runner ended with status ${ran.value.status} before its tests did: was it killed?`,
        console: console.recentLines(),
      })
    }
  })

const asResult = (ended: Extract<SuiteEvent, { type: "suite-ended" }>) =>
  ({
    type: "result",
    suite: "lava",
    case: ended.suite,
    result: ended.result,
    durationSeconds: ended.durationSeconds,
    ...(ended.reason !== undefined && { errorMessage: ended.reason, errorType: "Test" }),
  }) as const

/** A timeout, a panic or a reset in a test is the test's. */
const asTestError = (error: DispatchError): DispatchError => {
  const failure = waitFailure(error)
  if (!failure || failure.kind === "closed") return error
  return new TestError({
    message: error.message,
    ...(error.console && { console: error.console }),
    cause: error.cause,
  })
}
