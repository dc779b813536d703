import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { CommandHost } from "../../core/command-host.ts"
import { quoteWord } from "../../core/console/quote.ts"
import { InfrastructureError, messageOf } from "../../core/pipeline/errors.ts"
import type { Events } from "../../core/pipeline/events.ts"
import { orTellLeft } from "../left-on-host.ts"

/**
 * Has a host end the processes of a job's tests and remove their directory with the Scope, however it closes: a command
 * waits there for the end of its input, which comes also when the dispatcher is killed. Where that fails, a warning
 * says what is left.
 *
 * @param jobId tells the processes: it stands in their environment as LAVA_JOB_ID
 */
export const clearedAtEnd = (
  host: CommandHost,
  jobId: string,
  directory: string,
): Effect.Effect<void, InfrastructureError, Events | Scope.Scope> =>
  Effect.gen(function* () {
    const { input, ended } = yield* host.start(clearing(jobId, directory))
    yield* Effect.addFinalizer(() =>
      Effect.tryPromise({
        try: async () => {
          input.end()
          const { status, output } = await ended
          if (status !== 0) throw new Error(output || `rm ended with ${status}`)
        },
        catch: (cause) => new InfrastructureError({ message: messageOf(cause), cause }),
      }).pipe(orTellLeft(`processes of the tests and ${directory}`, host.name)),
    )
  })

/** Processes are told by their environment, since a test may start some in sessions of their own. */
const clearing = (jobId: string, directory: string): string => `
trap "" HUP INT TERM
cat > /dev/null
running() { grep -ls ${quoteWord(`LAVA_JOB_ID=${jobId}`)} /proc/[0-9]*/environ | sed 's/[^0-9]//g'; }
tell() { pids=$(running); [ -z "$pids" ] || kill "-$1" $pids; }
tell TERM
tries=0
while [ $tries -lt 20 ] && [ -n "$(running)" ]; do
  tries=$((tries + 1))
  sleep 0.1 2> /dev/null || sleep 1
done
tell KILL
rm -rf -- ${quoteWord(directory)}
`
