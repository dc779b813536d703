import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { type DispatchError, errorType } from "./errors.ts"
import { type CaseResultEvent, type Events, report } from "./events.ts"
import { errorOf } from "./fallback.ts"
import { CurrentNamespace } from "./job-data.ts"
import { CurrentLevel } from "./progress.ts"

/** A result of the dispatcher's own work, in LAVA's shape. */
export const actionResult = (
  action: Pick<Required<CaseResultEvent>, "case" | "level" | "namespace" | "durationSeconds">,
  error?: DispatchError,
): CaseResultEvent => ({
  type: "result",
  suite: "lava",
  result: error ? "fail" : "pass",
  ...action,
  extra: error ? { fail: error.message } : { status: "success" },
  ...(error && { errorMessage: error.message, errorType: errorType(error) }),
})

/**
 * A part of the running action that is an action of LAVA's, with a result of its own in the suite `lava` also where it
 * passes. One that is canceled has none.
 *
 * @param name LAVA's name for it
 */
export const part = <A, R>(
  name: string,
  work: Effect.Effect<A, DispatchError, R>,
): Effect.Effect<A, DispatchError, R | Events> =>
  Effect.flatMap(Clock.currentTimeMillis, (start) =>
    Effect.onExit(work, (exit) =>
      Effect.gen(function* () {
        const error = errorOf(exit)
        if (Exit.isFailure(exit) && error === undefined) return
        const action = {
          case: name,
          level: `${yield* CurrentLevel}.1`,
          namespace: yield* CurrentNamespace,
          durationSeconds: ((yield* Clock.currentTimeMillis) - start) / 1000,
        }
        yield* report(actionResult(action, error))
      }),
    ),
  )
