import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import type { Fallback } from "./action.ts"
import {
  detailsOf,
  type DispatchError,
  followedBy,
  InfrastructureError,
  isRetryable,
  JobError,
} from "./errors.ts"
import { type Events, log, report } from "./events.ts"
import type { PlannedAction } from "./plan.ts"

type Outcome = Exit.Exit<void, DispatchError>

/**
 * What becomes of a group's outcome when its fallback's turn has come: nothing where the group went well. A failure has
 * the fallback run, and then says by its class and its words whether the device came back. What was canceled and what is
 * a mistake in the job or the program tells nothing of the device, and stays as it was.
 *
 * @param run runs the fallback
 */
export const fallBack = <R>(
  { name, level, namespace }: Pick<PlannedAction<R>, "name" | "level" | "namespace">,
  { failed, restored }: Fallback,
  outcome: Outcome,
  run: Effect.Effect<Outcome, never, R>,
): Effect.Effect<Outcome, never, R | Events> =>
  Effect.gen(function* () {
    const error = errorOf(outcome)
    if (!error || !isRetryable(error)) return outcome
    yield* log("warning", `${failed}; ${name} follows`)
    const start = yield* Clock.currentTimeMillis
    const ended = yield* run
    const next = errorOf(ended)
    if (Exit.isFailure(ended) && !(next && isRetryable(next))) return ended
    if (!next) {
      // Of a fallback that failed, the step that did has a result already.
      const durationSeconds = ((yield* Clock.currentTimeMillis) - start) / 1000
      yield* report({
        suite: "lava",
        case: name,
        result: "pass",
        level,
        namespace,
        durationSeconds,
      })
    }
    const seen = { ...detailsOf(error), message: `${failed}: ${error.message}` }
    return Exit.fail(
      next
        ? followedBy(new InfrastructureError(seen), next)
        : new JobError({ ...seen, message: `${seen.message}; ${restored}` }),
    )
  })

/** What an action failed with, if it did. */
export const errorOf = (exit: Exit.Exit<unknown, DispatchError>): DispatchError | undefined =>
  Option.getOrUndefined(Exit.findErrorOption(exit))
