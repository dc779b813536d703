import * as Effect from "effect/Effect"
import type { JobDefinition } from "../../core/job/v2/job.ts"
import type { JobServices } from "../../core/lab/services.ts"
import { type Action, action, sequence } from "../../core/pipeline/action.ts"
import { getData } from "../../core/pipeline/job-data.ts"
import { DeviceShell, deviceConsole } from "../connection.ts"
import { answerCalls } from "./answer-calls.ts"
import { followStage } from "./follow-stage.ts"
import { type DefinitionsBlock, jobOverlay } from "./job-overlay.ts"
import { sendOverlay } from "./send-overlay.ts"
import type { StageResults } from "./stage-results.ts"

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
    let endCalls: (reason: string) => void = () => {}
    const work = (results: StageResults) =>
      Effect.gen(function* () {
        const stopListening = console.onLines(({ source, lines }) => {
          if (source === "device") results.lines(lines)
        })
        endCalls = yield* answerCalls(console, results)
        const { status } = yield* shell
          .run(stage.command, { allowPanic: test.ignore_kernel_messages ?? false })
          .pipe(Effect.ensuring(Effect.sync(stopListening)))
        endCalls("the tests ended before it was answered")
        for (let tries = 0, request = results.request(); request && tries < recoveries; tries++) {
          const { output } = yield* shell.run(
            `${made.overlay.directory}/bin/lava-signals ${stage.name} ${request}`,
          )
          results.recover(output)
          request = results.request()
        }
        return { status, console: console.recentLines() }
      })
    yield* followStage(stage, work, (reason) => endCalls(reason))
  })
