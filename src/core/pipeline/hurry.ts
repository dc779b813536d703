import * as Context from "effect/Context"
import * as Effect from "effect/Effect"

/** Completes when somebody who canceled the job cannot wait for a careful clean-up. */
export const Hurry = Context.Reference<Effect.Effect<void>>("lab-dispatch/Hurry", {
  defaultValue: () => Effect.never,
})
