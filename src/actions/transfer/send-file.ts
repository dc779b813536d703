import * as Effect from "effect/Effect"
import type { JobServices } from "../../core/lab/services.ts"
import { type DispatchError, InfrastructureError } from "../../core/pipeline/errors.ts"
import { getData } from "../../core/pipeline/job-data.ts"
import { DeviceShell } from "../connection.ts"
import { deliver, type FileToDeliver, type TransferMethod } from "./deliver.ts"
import { checksumIn, verified } from "./verified.ts"

/** What the consuming command on the device said. */
export interface SentFile {
  readonly status: number
  readonly output: string
}

/**
 * Sends a file into a command on the device. A transfer that was cut or mangled on its way fails with an
 * InfrastructureError, whatever the command made of it; else the command's status is the answer.
 */
export const sendFile = (
  file: FileToDeliver,
  method: TransferMethod,
  consume: string,
): Effect.Effect<SentFile, DispatchError, JobServices> =>
  Effect.scoped(
    Effect.gen(function* () {
      const shell = yield* getData(DeviceShell)
      const fetch = yield* deliver(file, method)
      const { status, output } = yield* shell.run(verified(fetch, consume))
      const sum = checksumIn(output)
      const said = output.replace(/^sha256=.*$/m, "").trim()
      if (sum !== file.sha256) {
        return yield* new InfrastructureError({
          message: `${file.name} did not reach the device whole by ${method}: expected sha256 ${file.sha256}, the device got ${sum ?? "nothing"}${said && ` (${said})`}`,
        })
      }
      return { status, output: said }
    }),
  )
