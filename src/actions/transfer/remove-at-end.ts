import * as Effect from "effect/Effect"
import { quoteWord } from "../../core/console/quote.ts"
import { Connection, type JobServices } from "../../core/lab/services.ts"
import { type DispatchError, InfrastructureError } from "../../core/pipeline/errors.ts"
import { log } from "../../core/pipeline/events.ts"
import { runOnHost, startOnHost } from "../../core/ssh/command.ts"
import type { SshLogin } from "../../core/ssh/settings.ts"

/** A host has this long to remove what a job left there: one that is down must not hold up the job's end for long. */
const removeSeconds = 8

/**
 * Has a host remove files and directories when the job ends, however it ends: a command waits there for the end of its
 * connection, which comes also when the dispatcher is killed. At an orderly end they are removed once the login's shell
 * is gone; where that fails, a warning says what is left.
 */
export const removeAtEnd = (
  login: SshLogin,
  paths: ReadonlyArray<string>,
): Effect.Effect<void, DispatchError, JobServices> =>
  Effect.gen(function* () {
    const { endLife } = yield* Connection
    const remove = `rm -rf -- ${paths.map(quoteWord).join(" ")}`
    const { input, ended } = yield* startOnHost(login, `trap "" HUP; cat > /dev/null; ${remove}`)
    yield* Effect.addFinalizer(() =>
      endLife.pipe(
        Effect.andThen(runOnHost(login, remove)),
        Effect.flatMap(({ status, output }) =>
          status === 0
            ? Effect.void
            : Effect.fail(
                new InfrastructureError({ message: output || `rm ended with ${status}` }),
              ),
        ),
        // The next job's files may have the same names.
        Effect.andThen(
          Effect.promise(async () => {
            input.end()
            await ended.catch(() => undefined)
          }),
        ),
        Effect.timeoutOrElse({
          duration: `${removeSeconds} seconds`,
          orElse: () =>
            Effect.fail(
              new InfrastructureError({ message: `it took longer than ${removeSeconds} s` }),
            ),
        }),
        Effect.catch(({ message }) =>
          log("warning", `${paths.join(", ")} may be left on ${login.host}: ${message}`),
        ),
      ),
    )
  })
