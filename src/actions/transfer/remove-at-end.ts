import * as Effect from "effect/Effect"
import { quoteWord } from "../../core/console/quote.ts"
import { Connection, type JobServices } from "../../core/lab/services.ts"
import { type DispatchError, InfrastructureError } from "../../core/pipeline/errors.ts"
import { runOnHost, startOnHost } from "../../core/ssh/command.ts"
import type { SshLogin } from "../../core/ssh/settings.ts"
import { orTellLeft } from "../left-on-host.ts"

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
        orTellLeft(paths.join(", "), login.host),
      ),
    )
  })
