import { createHash } from "node:crypto"
import { writeFile } from "node:fs/promises"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import { quoteWord } from "../../core/console/quote.ts"
import { isLogin } from "../../core/lab/connection.ts"
import { CurrentJob, type JobServices } from "../../core/lab/services.ts"
import { type DispatchError, InfrastructureError, messageOf } from "../../core/pipeline/errors.ts"
import { log } from "../../core/pipeline/events.ts"
import { getData } from "../../core/pipeline/job-data.ts"
import { progressOf } from "../../core/pipeline/progress.ts"
import { receiveStream } from "../../core/net/receive-stream.ts"
import { readFromHost } from "../../core/ssh/command.ts"
import type { SshLogin } from "../../core/ssh/settings.ts"
import { DeviceShell } from "../connection.ts"
import type { FileToDeliver } from "./deliver.ts"
import { hostLogin } from "./host-login.ts"
import { receiveFile } from "./receive-file.ts"
import { remoteSum } from "./remote-sum.ts"
import { missingTools } from "./tools.ts"

/** Bytes that one command writes on the console, in base64. */
const piece = 384 * 1024
/** No more is read from a console: a serial line needs a quarter of an hour for it. */
const mostBytes = 10 * 1024 * 1024

/**
 * Brings a file from the device's system into the job's directory, checked by the device's own checksum: by ssh where
 * the device is logged in to by it, by netcat where the system has that, else over the console, which needs nothing but a shell with base64, dd and sha256sum. Fails
 * with an InfrastructureError where it did not come whole.
 */
export const fetchFromDevice = (
  path: string,
  name: string,
): Effect.Effect<FileToDeliver, DispatchError, JobServices> =>
  Effect.gen(function* () {
    const { device } = yield* CurrentJob
    if (isLogin(device)) return yield* fetchByLogin(path, name, hostLogin(device))
    const missing = yield* missingTools("nc")
    if (missing.length === 0) {
      const received = yield* Effect.result(receiveFile(path, name, "netcat"))
      if (received._tag === "Success") return received.success
      yield* log("warning", `${received.failure.message}; it is read over the console`)
    } else yield* log("info", `${name} is read over the console, since the device has no nc`)
    return yield* readOverConsole(path, name)
  })

const fetchByLogin = (path: string, name: string, login: SshLogin) =>
  Effect.scoped(
    Effect.gen(function* () {
      const { directory } = yield* CurrentJob
      const { size, sha256 } = yield* remoteSum(path)
      const report = yield* progressOf(name)
      const received = yield* readFromHost(login, `cat ${quoteWord(path)}`, (output) =>
        receiveStream(output, {
          path: join(directory, name),
          maxBytes: size,
          sha256,
          onBytes: (bytes) => report(bytes, size),
        }),
      )
      return { ...received, name }
    }),
  )

const readOverConsole = (path: string, name: string) =>
  Effect.scoped(
    Effect.gen(function* () {
      const shell = yield* getData(DeviceShell)
      const { directory } = yield* CurrentJob
      const file = quoteWord(path)
      const { size, sha256 } = yield* remoteSum(path)
      if (size > mostBytes) {
        return yield* new InfrastructureError({
          message: `${path} has ${size} bytes, too many for the console: give the device's system nc`,
        })
      }
      const report = yield* progressOf(name)
      const pieces: Array<Buffer> = []
      for (let index = 0; index * piece < size; index++) {
        const { output } = yield* shell.check(
          `dd if=${file} bs=${piece} skip=${index} count=1 2> /dev/null | base64`,
        )
        pieces.push(Buffer.from(output, "base64"))
        report(Math.min(size, (index + 1) * piece), size)
      }
      const bytes = Buffer.concat(pieces)
      const found = createHash("sha256").update(bytes).digest("hex")
      if (found !== sha256) {
        return yield* new InfrastructureError({
          message: `${path} did not come whole over the console: the device has ${size} bytes with sha256 ${sha256}, here are ${bytes.length} with ${found}`,
        })
      }
      const local = join(directory, name)
      yield* Effect.tryPromise({
        try: () => writeFile(local, bytes),
        catch: (cause) =>
          new InfrastructureError({
            message: `${name} cannot be kept on this machine: ${messageOf(cause)}`,
            cause,
          }),
      })
      return { path: local, name, size, sha256 }
    }),
  )
