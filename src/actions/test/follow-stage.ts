import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { type DispatchError, TestError } from "../../core/pipeline/errors.ts"
import { Events } from "../../core/pipeline/events.ts"
import { CurrentNamespace } from "../../core/pipeline/job-data.ts"
import { asError } from "../../core/pipeline/run.ts"
import { asTestError } from "./as-test-error.ts"
import type { JobStage } from "./job-overlay.ts"
import { StageResults } from "./stage-results.ts"

/** How lava-test-runner ended. */
export interface StageEnd {
  readonly status: number | string
  /** The console's last lines, where there is one. */
  readonly console?: ReadonlyArray<string>
}

/**
 * Runs the tests of a stage and reports what they say. Fails with TestError where a test raises an error or cannot be
 * installed, or the runner ends before its tests did, and as `work` does; what was not done by then has failed.
 *
 * @param work runs the stage's command and gives its output to the results
 * @param onFailure is told why the stage did not end by itself, before what was not done is reported
 */
export const followStage = <R>(
  stage: JobStage,
  work: (results: StageResults) => Effect.Effect<StageEnd, DispatchError, R>,
  onFailure: (reason: string) => void = () => {},
): Effect.Effect<void, DispatchError, R | Events> =>
  Effect.gen(function* () {
    const { emit } = yield* Events
    const namespace = yield* CurrentNamespace
    const raised = yield* Deferred.make<never, TestError>()
    const results = new StageResults(stage, {
      emit,
      namespace,
      onRaised: (error) => Deferred.doneUnsafe(raised, Effect.fail(error)),
    })
    const ran = yield* Effect.exit(Effect.raceFirst(work(results), Deferred.await(raised)))
    if (Exit.isFailure(ran)) {
      const error = asTestError(asError(ran.cause))
      onFailure(error.message)
      results.end(error.message)
      return yield* error
    }
    results.end()
    if (!results.finished) {
      const { status, console } = ran.value
      return yield* new TestError({
        message: `the test runner ended with status ${status} before its tests did: was it killed?`,
        ...(console && { console }),
      })
    }
    if (results.notInstalled) return yield* results.notInstalled
  })
