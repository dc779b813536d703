import { createReadStream } from "node:fs"
import * as Effect from "effect/Effect"
import type { JobServices } from "../../core/lab/services.ts"
import { type DispatchError, JobError } from "../../core/pipeline/errors.ts"
import { runOnHost } from "../../core/ssh/command.ts"
import type { SshLogin } from "../../core/ssh/settings.ts"

/**
 * Sends a file into a command on a host, by a connection of its own. Fails with JobError where the command does, with
 * InfrastructureError where the host cannot be reached.
 */
export const sendToHost = (
  login: SshLogin,
  file: { readonly path: string; readonly name: string },
  command: string,
): Effect.Effect<void, DispatchError, JobServices> =>
  Effect.gen(function* () {
    const { status, output } = yield* runOnHost(login, command, () => createReadStream(file.path))
    if (status === 0) return
    return yield* new JobError({
      message: `${file.name} does not get to ${login.host}: "${command}" ended there with ${status}${output && `: ${output.split("\n").slice(-3).join("; ")}`}`,
    })
  })
