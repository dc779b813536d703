import { randomBytes } from "node:crypto"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import { onTestFinished } from "vitest"
import type {
  Publication,
  PublishedFiles,
  PublishRequest,
} from "../../../src/core/net/published-files.ts"
import { HttpServer } from "../../../src/core/net/http/server.ts"
import { TftpServer } from "../../../src/core/net/tftp/server.ts"
import type { Retransmission } from "../../../src/core/net/tftp/transfer.ts"
import type { TransferRecord } from "../../../src/core/net/transfer-record.ts"

/** A directory that is gone after the test. */
export const temporaryDirectory = async (): Promise<string> => {
  const directory = await mkdtemp(join(tmpdir(), "net-test-"))
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  return directory
}

/** A file of random bytes in a temporary directory. */
export const randomFile = async (size: number): Promise<{ path: string; bytes: Buffer }> => {
  const bytes = randomBytes(size)
  const path = join(await temporaryDirectory(), "file")
  await writeFile(path, bytes)
  return { path, bytes }
}

/** Publishes until the test ends, or until `withdraw` is called. */
export const publish = async (
  files: PublishedFiles,
  request: PublishRequest,
): Promise<Publication & { withdraw: () => Promise<void> }> => {
  const scope = await Effect.runPromise(Scope.make())
  const withdraw = () => Effect.runPromise(Scope.close(scope, Exit.void))
  onTestFinished(withdraw)
  const publication = await Effect.runPromise(Scope.provide(files.publish(request), scope))
  return { ...publication, withdraw }
}

/** A TFTP server on a port of its own, and what it has recorded. */
export const startTftp = async (
  files: PublishedFiles,
  retransmission: Retransmission = { afterMs: 1000, limit: 8 },
): Promise<{ server: TftpServer; records: Array<TransferRecord> }> => {
  const records: Array<TransferRecord> = []
  const server = await TftpServer.listen({
    bind: "127.0.0.1",
    port: 0,
    address: "127.0.0.1",
    files,
    retransmission,
    onTransfer: (record) => records.push(record),
  })
  onTestFinished(() => server.close())
  return { server, records }
}

/** An HTTP server on a port of its own, and what it has recorded. */
export const startHttp = async (
  files: PublishedFiles,
): Promise<{ server: HttpServer; records: Array<TransferRecord>; url: string }> => {
  const records: Array<TransferRecord> = []
  const server = await HttpServer.listen({
    bind: "127.0.0.1",
    port: 0,
    address: "127.0.0.1",
    files,
    onTransfer: (record) => records.push(record),
  })
  onTestFinished(() => server.close())
  return { server, records, url: `http://127.0.0.1:${server.port}` }
}
