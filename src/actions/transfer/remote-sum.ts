import * as Effect from "effect/Effect"
import { quoteWord } from "../../core/console/quote.ts"
import type { JobServices } from "../../core/lab/services.ts"
import type { DispatchError } from "../../core/pipeline/errors.ts"
import { getData } from "../../core/pipeline/job-data.ts"
import { DeviceShell } from "../connection.ts"

/** What the device says of a file. */
export interface RemoteSum {
  /** Bytes. */
  readonly size: number
  /** Lower-case hex. */
  readonly sha256: string
}

/** The size and the checksum of a file, computed by the device. Fails with JobError where it cannot be read there. */
export const remoteSum = (path: string): Effect.Effect<RemoteSum, DispatchError, JobServices> =>
  Effect.gen(function* () {
    const shell = yield* getData(DeviceShell)
    const file = quoteWord(path)
    const { output } = yield* shell.check(`wc -c < ${file}; sha256sum < ${file}`)
    const [, size, sha256 = ""] = /(\d+)\s+([0-9a-f]{64})/.exec(output) ?? []
    return { size: Number(size), sha256 }
  })
