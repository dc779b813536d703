import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { DispatchError } from "./errors.ts"

/** Fails when something breaks that the job depends on while its actions wait for something else. */
export const CurrentBreakdown = Context.Reference<Deferred.Deferred<never, DispatchError>>(
  "lab-dispatch/CurrentBreakdown",
  { defaultValue: () => Deferred.makeUnsafe() },
)

/**
 * Watches something that the job depends on until the Scope closes: when it breaks, the running action fails with what
 * `broken` fails with, and so does each later one but those that always run.
 */
export const watchFor = <R>(
  broken: Effect.Effect<never, DispatchError, R>,
): Effect.Effect<void, never, R | Scope.Scope> =>
  Effect.gen(function* () {
    const breakdown = yield* CurrentBreakdown
    const fail = (error: DispatchError) => Deferred.fail(breakdown, error)
    yield* broken.pipe(Effect.catch(fail), Effect.forkScoped)
  })
