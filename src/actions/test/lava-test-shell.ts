import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type { JobDefinition } from "../../core/job/v2/job.ts"
import type { JobServices } from "../../core/lab/services.ts"
import { type Action, action, sequence } from "../../core/pipeline/action.ts"
import { TestError } from "../../core/pipeline/errors.ts"
import { Events } from "../../core/pipeline/events.ts"
import { CurrentNamespace, getData } from "../../core/pipeline/job-data.ts"
import { asError } from "../../core/pipeline/run.ts"
import { DeviceShell, deviceConsole } from "../connection.ts"
import { answerCalls } from "./answer-calls.ts"
import { asTestError } from "./as-test-error.ts"
import { type DefinitionsBlock, jobOverlay } from "./job-overlay.ts"
import { sendOverlay } from "./send-overlay.ts"
import { StageResults } from "./stage-results.ts"

/** How often signals that did not arrive are asked for again. */
const recoveries = 3

/** Runs the test definitions of a block in the device's shell, and reports what they say. */
export const lavaTestShell = (
  job: JobDefinition,
  test: DefinitionsBlock,
  stage: number,
): Action<JobServices> =>
  sequence("lava-test-retry", "run tests on the device", [
    action({
      name: "lava-test-shell",
      description: `run ${test.definitions.map(({ name }) => name).join(", ")}`,
      run: Effect.scoped(runStage(job, test, stage)),
    }),
  ])

const runStage = (job: JobDefinition, test: DefinitionsBlock, number: number) =>
  Effect.gen(function* () {
    const made = yield* jobOverlay(job)
    yield* sendOverlay(made)
    const stage = made.stages[number]
    if (!stage) return
    const shell = yield* getData(DeviceShell)
    const console = yield* deviceConsole
    const { emit } = yield* Events
    const namespace = yield* CurrentNamespace

    const raised = yield* Deferred.make<never, TestError>()
    const results = new StageResults(stage, {
      emit,
      namespace,
      onRaised: (error) => Deferred.doneUnsafe(raised, Effect.fail(error)),
    })
    const stopListening = console.onLines(({ source, lines }) => {
      if (source === "device") results.lines(lines)
    })
    yield* Effect.addFinalizer(() => Effect.sync(stopListening))
    const endCalls = yield* answerCalls(console, results)

    const ran = yield* Effect.exit(
      Effect.raceFirst(
        shell.run(stage.command, { allowPanic: test.ignore_kernel_messages ?? false }),
        Deferred.await(raised),
      ),
    )
    stopListening()
    if (Exit.isFailure(ran)) {
      const error = asTestError(asError(ran.cause))
      endCalls(error.message)
      results.end(error.message)
      return yield* error
    }
    endCalls("the tests ended before it was answered")
    for (let tries = 0, request = results.request(); request && tries < recoveries; tries++) {
      const { output } = yield* shell.run(
        `${made.overlay.directory}/bin/lava-signals ${stage.name} ${request}`,
      )
      results.recover(output)
      request = results.request()
    }
    results.end()
    if (!results.finished) {
      return yield* new TestError({
        message: `the test runner ended with status ${ran.value.status} before its tests did: was it killed?`,
        console: console.recentLines(),
      })
    }
    if (results.notInstalled) return yield* results.notInstalled
  })
