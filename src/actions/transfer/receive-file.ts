import { join } from "node:path"
import * as Effect from "effect/Effect"
import { quoteWord } from "../../core/console/quote.ts"
import { CurrentJob, type JobServices } from "../../core/lab/services.ts"
import { DeviceServers } from "../../core/net/servers.ts"
import { remainingSeconds } from "../../core/pipeline/deadline.ts"
import { type DispatchError, InfrastructureError } from "../../core/pipeline/errors.ts"
import { getData } from "../../core/pipeline/job-data.ts"
import { progressOf } from "../../core/pipeline/progress.ts"
import { DeviceShell } from "../connection.ts"
import type { FileToDeliver, TransferMethod } from "./deliver.ts"
import { remoteSum } from "./remote-sum.ts"
import { tellTransfer } from "./tell-transfer.ts"

/** No boot file is larger; a device that sends for ever must not fill this machine's disk. */
const mostBytes = 2 * 1024 ** 3

/**
 * Brings a file from the device into the job's directory, and checks it by the device's own checksum.
 * Fails with an InfrastructureError where the transfer was cut.
 */
export const receiveFile = (
  remotePath: string,
  name: string,
  method: TransferMethod,
): Effect.Effect<FileToDeliver, DispatchError, JobServices> =>
  Effect.scoped(
    Effect.gen(function* () {
      const shell = yield* getData(DeviceShell)
      const servers = yield* DeviceServers
      const { directory } = yield* CurrentJob
      const remote = quoteWord(remotePath)
      const { size, sha256 } = yield* remoteSum(remotePath)
      const report = yield* progressOf(name)
      const path = join(directory, name)
      const upload = yield* servers.acceptFile(method, {
        path,
        maxBytes: mostBytes,
        size,
        onProgress: ({ bytes }) => report(bytes, size),
        onTransfer: yield* tellTransfer(name),
      })
      const sent = yield* shell.run(sendCommand(method, remote, upload))
      if (sent.status !== 0) {
        return yield* new InfrastructureError({
          message: `${remotePath} did not come back by ${method}: the command that sends it ended with ${sent.status}${sent.output && `: ${sent.output}`}`,
        })
      }
      const seconds = yield* remainingSeconds
      const received = yield* upload.received(seconds)
      if (received.sha256 !== sha256) {
        return yield* new InfrastructureError({
          message: `${remotePath} did not come back whole by ${method}: the device has ${size} bytes with sha256 ${sha256}, here are ${received.size} with ${received.sha256}`,
        })
      }
      return { path, name, size: received.size, sha256: received.sha256 }
    }),
  )

/** HTTP is spoken through netcat, since busybox's wget cannot send a file. */
const sendCommand = (
  method: TransferMethod,
  remote: string,
  to: { readonly address: string; readonly port: number; readonly urlPath: string },
): string => {
  const send = `nc ${to.address} ${to.port}`
  if (method === "netcat") return `${send} < ${remote}`
  const head = `PUT ${to.urlPath} HTTP/1.1\\r\\nHost: ${to.address}\\r\\nConnection: close\\r\\nContent-Length: %s\\r\\n\\r\\n`
  return `{ printf '${head}' "$(wc -c < ${remote})"; cat ${remote}; } | ${send} | head -n 1 | grep -q ' 20'`
}
