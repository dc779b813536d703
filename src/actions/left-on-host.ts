import * as Effect from "effect/Effect"
import { InfrastructureError } from "../core/pipeline/errors.ts"
import { type Events, log } from "../core/pipeline/events.ts"

/** A host has this long to remove what a job left there: one that is down must not hold up the job's end for long. */
const removeSeconds = 8

/**
 * Has work that removes something from a host end in time; where it fails, a warning says what may be left.
 *
 * @param what as it reads in "... may be left on HOST"
 */
export const orTellLeft =
  (what: string, host: string) =>
  <R>(
    remove: Effect.Effect<void, InfrastructureError, R>,
  ): Effect.Effect<void, never, R | Events> =>
    remove.pipe(
      Effect.timeoutOrElse({
        duration: `${removeSeconds} seconds`,
        orElse: () =>
          Effect.fail(
            new InfrastructureError({ message: `it took longer than ${removeSeconds} s` }),
          ),
      }),
      Effect.catch(({ message }) => log("warning", `${what} may be left on ${host}: ${message}`)),
    )
