import { spawn } from "node:child_process"
import { createSocket } from "node:dgram"
import { once } from "node:events"
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { expect, it, onTestFinished } from "vitest"
import { PublishedFiles } from "../../../../src/core/net/published-files.ts"
import { TftpServer } from "../../../../src/core/net/tftp/server.ts"
import type { TransferRecord } from "../../../../src/core/net/transfer-record.ts"
import { output } from "../run.ts"
import { publish, temporaryDirectory } from "../serve.ts"

const freePort = async (): Promise<number> => {
  const socket = createSocket("udp4").bind(0, "127.0.0.1")
  await once(socket, "listening")
  const { port } = socket.address()
  socket.close()
  return port
}

/** A dispatcher's server at a fixed port, with a file of its own. */
const serverAt = async (port: number, content: string) => {
  const files = new PublishedFiles()
  const records: Array<TransferRecord> = []
  const { path } = await publish(files, { files: { file: { text: content } } })
  const onTransfer = (record: TransferRecord) => void records.push(record)
  const bind = { bind: "127.0.0.1", address: "127.0.0.1" }
  const server = await TftpServer.listen({ ...bind, port, files, onTransfer })
  onTestFinished(() => server.close())
  return { server, records, path: path("file") }
}

/** What atftp gets; rejects with what it says where it gets nothing. */
const fetched = async (port: number, name: string): Promise<string> => {
  const local = join(await temporaryDirectory(), "file")
  await output("atftp", [
    "--tftp-timeout",
    "1",
    "-g",
    "-r",
    name,
    "-l",
    local,
    "127.0.0.1",
    String(port),
  ])
  return readFile(local, "utf8")
}

it("is shared by all dispatchers of a user, each with its own files", async () => {
  const port = await freePort()
  const one = await serverAt(port, "of one")
  const two = await serverAt(port, "of two")
  const three = await serverAt(port, "of three")
  expect(two.server.port).toBe(port)
  expect(await fetched(port, one.path)).toBe("of one")
  expect(await fetched(port, two.path)).toBe("of two")
  expect(await fetched(port, three.path)).toBe("of three")
  expect(two.records).toMatchObject([{ outcome: "complete", bytes: 6 }])
  await expect(fetched(port, "nobody/file")).rejects.toThrow("File not found")
  expect(one.records.at(-1)).toMatchObject({ outcome: "refused", file: "nobody/file" })
})

it("is taken over when the dispatcher that has it ends, or is killed", async () => {
  const port = await freePort()
  const program = join(import.meta.dirname, "idle-server.ts")
  const killed = spawn(process.execPath, [program, String(port)])
  onTestFinished(() => void killed.kill("SIGKILL"))
  await once(killed.stdout, "data")
  const two = await serverAt(port, "of two")
  const three = await serverAt(port, "of three")
  expect(await fetched(port, two.path)).toBe("of two")
  killed.kill("SIGKILL")
  expect(await fetched(port, two.path)).toBe("of two")
  expect(await fetched(port, three.path)).toBe("of three")
  await two.server.close()
  expect(await fetched(port, three.path)).toBe("of three")
})

it("refuses nothing at first: those that shared in it before may be about to come", async () => {
  const port = await freePort()
  const { records } = await serverAt(port, "of one")
  const began = performance.now()
  await expect(fetched(port, "nobody/file")).rejects.toThrow("File not found")
  expect(performance.now() - began).toBeGreaterThan(900)
  expect(records.filter(({ outcome }) => outcome === "refused")).toHaveLength(1)
})

it("is not shared with a program that is no dispatcher", async () => {
  const other = createSocket("udp4").bind(0, "127.0.0.1")
  onTestFinished(() => void other.close())
  await once(other, "listening")
  await expect(serverAt(other.address().port, "")).rejects.toMatchObject({ code: "EADDRINUSE" })
})
