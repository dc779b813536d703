import * as Effect from "effect/Effect"
import { remainingSeconds } from "../../core/pipeline/deadline.ts"
import { Hurry } from "../../core/pipeline/hurry.ts"

/** A hurried end gives what it waits for this long. */
const hurriedSeconds = 5

/**
 * Ends what gives something back when the running action's time is over, and soon after somebody hurries the job's end.
 *
 * @param late what it fails with then; `time` reads in "did not come to its end ...": "within 300 s"
 */
export const inTime = <E, R>(
  work: Effect.Effect<void, E, R>,
  late: (time: string) => Effect.Effect<never, E>,
): Effect.Effect<void, E, R> =>
  Effect.gen(function* () {
    const hurried = yield* Hurry
    const seconds = yield* remainingSeconds
    yield* work.pipe(
      Effect.timeoutOrElse({
        duration: seconds * 1000,
        orElse: () => late(`within ${Math.round(seconds)} s`),
      }),
      Effect.raceFirst(
        hurried.pipe(
          Effect.andThen(Effect.sleep(hurriedSeconds * 1000)),
          Effect.andThen(late(`within ${hurriedSeconds} s after the job was told to hurry`)),
        ),
      ),
    )
  })
