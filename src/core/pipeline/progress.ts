import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { type ActionProgress, Events } from "./events.ts"

/** Place in the plan of the running action. */
export const CurrentLevel = Context.Reference<string>("lab-dispatch/CurrentLevel", {
  defaultValue: () => "",
})

/** Reports how much of a transfer is done, and of how much where that is known, in bytes. */
export type ReportProgress = (done: number, total?: number) => void

/**
 * A plain function that reports the progress of a transfer of the running action, for code that moves bytes. The
 * transfer is over when the Scope closes.
 *
 * @param what is transferred, for the reader: a file's name or its URL
 */
export const progressOf = (
  what: string,
): Effect.Effect<ReportProgress, never, Events | Scope.Scope> =>
  Effect.gen(function* () {
    const level = yield* CurrentLevel
    const { emit } = yield* Events
    let last: ActionProgress | undefined
    yield* Effect.addFinalizer(() => Effect.sync(() => last && emit({ ...last, ended: true })))
    return (done, total) => {
      last = { type: "action-progress", level, what, done, ...(total !== undefined && { total }) }
      emit(last)
    }
  })
