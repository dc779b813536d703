import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { Events } from "./events.ts"

/** Place in the plan of the running action. */
export const CurrentLevel = Context.Reference<string>("lab-dispatch/CurrentLevel", {
  defaultValue: () => "",
})

/** Reports how far the running action is with `what`, in bytes. */
export type ReportProgress = (done: number, total?: number) => void

/** A plain function that reports the progress of the running action, for code that moves bytes. */
export const progressOf = (what: string): Effect.Effect<ReportProgress, never, Events> =>
  Effect.gen(function* () {
    const level = yield* CurrentLevel
    const { emit } = yield* Events
    return (done, total) =>
      emit({
        type: "action-progress",
        level,
        what,
        done,
        ...(total !== undefined && { total }),
      })
  })
