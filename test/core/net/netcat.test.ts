import { createHash } from "node:crypto"
import { readdir, readFile } from "node:fs/promises"
import { connect, createServer } from "node:net"
import { dirname, join } from "node:path"
import { once } from "node:events"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import { describe, expect, it, onTestFinished } from "vitest"
import { collect, type NetcatOptions, offer } from "../../../src/core/net/netcat.ts"
import { serveFile } from "../../../src/core/net/served-file.ts"
import type { TransferProgress, TransferRecord } from "../../../src/core/net/transfer-record.ts"
import { output } from "./run.ts"
import { randomFile, temporaryDirectory } from "./serve.ts"

const sha256Of = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex")

const observed = () => {
  const records: Array<TransferRecord> = []
  const progress: Array<TransferProgress> = []
  const observer = {
    onTransfer: (record: TransferRecord) => void records.push(record),
    onProgress: (event: TransferProgress) => void progress.push(event),
  }
  return { records, progress, observer }
}

/** Offers a file of `size` random bytes. */
const offering = async (size: number, options: Partial<NetcatOptions> = {}) => {
  const { path, bytes } = await randomFile(size)
  const scope = await Effect.runPromise(Scope.make())
  onTestFinished(() => Effect.runPromise(Scope.close(scope, Exit.void)))
  const file = await Effect.runPromise(Scope.provide(serveFile({ path }), scope))
  const { records, progress, observer } = observed()
  const listener = await offer({ bind: "127.0.0.1", ports: [0], ...observer, ...options }, file)
  onTestFinished(() => listener.close())
  return { ...listener, file, bytes, records, progress }
}

/** Collects into a file. */
const collecting = async (
  options: { maxBytes?: number; size?: number; sha256?: string; from?: string } = {},
) => {
  const path = join(await temporaryDirectory(), "file")
  const { records, progress, observer } = observed()
  const { from, ...receiving } = { maxBytes: 10_000_000, ...options }
  const listening = { bind: "127.0.0.1", ports: [0], ...observer, ...(from && { from }) }
  const listener = await collect(listening, { path, ...receiving })
  onTestFinished(() => listener.close())
  return { ...listener, path, records, progress, left: () => readdir(dirname(path)) }
}

describe.each(["busybox nc", "nc.openbsd", "nc.traditional"])("%s", (command) => {
  const SIZE = 5_000_000
  it("takes what is offered", async () => {
    const { port, bytes, done, records, progress } = await offering(SIZE)
    const fetched = await output("sh", ["-c", `${command} 127.0.0.1 ${port} < /dev/null`])
    expect(fetched.equals(bytes)).toBe(true)
    expect(await done).toMatchObject({ bytes: SIZE })
    expect(records).toMatchObject([{ outcome: "complete", direction: "to-device", size: SIZE }])
    expect(progress.at(-1)).toMatchObject({ bytes: SIZE, total: SIZE })
  })

  it("sends what is collected", async () => {
    const { port, path, done, records, progress, left } = await collecting()
    const { path: local, bytes } = await randomFile(SIZE)
    // Debian's netcats go on waiting for the other side unless told to close with their input.
    const close = { "busybox nc": "", "nc.openbsd": "-N", "nc.traditional": "-q 0" }[command]
    await output("sh", ["-c", `${command} ${close} 127.0.0.1 ${port} < ${local}`])
    expect(await done).toEqual({ path, size: SIZE, sha256: sha256Of(bytes) })
    expect((await readFile(path)).equals(bytes)).toBe(true)
    expect(await left()).toEqual(["file"])
    expect(records).toMatchObject([{ outcome: "complete", direction: "from-device", bytes: SIZE }])
    expect(progress.at(-1)).toMatchObject({ bytes: SIZE })
  })

  it.each([SIZE, 0])("need not say when %i bytes are all", async (size) => {
    const { port, path, done } = await collecting({ size })
    const { path: local, bytes } = await randomFile(size)
    await output("sh", ["-c", `${command} 127.0.0.1 ${port} < ${local}`])
    expect(await done).toEqual({ path, size, sha256: sha256Of(bytes) })
  })
})

describe("offer", () => {
  it("knows that a peer has read all if it closes afterwards", async () => {
    const { port, bytes, done } = await offering(100_000)
    const socket = connect(port, "127.0.0.1")
    const chunks: Array<Buffer> = []
    socket.on("data", (chunk) => chunks.push(chunk))
    await once(socket, "close")
    expect(Buffer.concat(chunks).equals(bytes)).toBe(true)
    expect(await done).toMatchObject({ bytes: 100_000, confirmed: true })
  })

  it("fails if the peer hangs up in between", async () => {
    const { port, done, records } = await offering(50_000_000)
    const socket = connect(port, "127.0.0.1")
    socket.once("data", () => socket.destroy())
    await expect(done).rejects.toThrow(/broke after \d+ of 50000000 bytes/)
    expect(records).toMatchObject([{ outcome: "aborted" }])
  })

  it("serves the first peer only", async () => {
    const { port, done } = await offering(3_000_000)
    const first = connect(port, "127.0.0.1")
    await once(first, "connect")
    await expect.poll(() => refused(port)).toBe(true)
    first.resume()
    expect(await done).toMatchObject({ bytes: 3_000_000 })
  })

  it("waits for the peer that it is meant for", async () => {
    const { port, done } = await offering(10, { from: "127.0.0.2" })
    const stranger = connect(port, "127.0.0.1")
    await once(stranger.resume(), "close")
    expect(stranger.bytesRead).toBe(0)
    connect({ port, host: "127.0.0.1", localAddress: "127.0.0.2" }).resume()
    expect(await done).toMatchObject({ bytes: 10, peer: expect.stringMatching(/^127\.0\.0\.2:/) })
  })

  it("sends an empty file", async () => {
    const { port, done } = await offering(0)
    connect(port, "127.0.0.1").resume()
    expect(await done).toMatchObject({ bytes: 0 })
  })

  it("is cut off with its file", async () => {
    const { port, done, file, records } = await offering(50_000_000)
    const socket = connect(port, "127.0.0.1")
    socket.on("error", () => undefined)
    await once(socket, "readable")
    await file.withdraw()
    await expect(done).rejects.toThrow(/broke after/)
    expect(records).toHaveLength(1)
  })
})

describe("collect", () => {
  it("refuses more than was allowed, and leaves nothing", async () => {
    const { port, done, left } = await collecting({ maxBytes: 1000 })
    const socket = connect(port, "127.0.0.1")
    socket.on("error", () => undefined)
    socket.end(Buffer.alloc(2000))
    await expect(done).rejects.toThrow(/more than the 1000 bytes/)
    expect(await left()).toEqual([])
  })

  it("refuses another checksum than expected", async () => {
    const { port, done, left } = await collecting({ sha256: sha256Of(Buffer.from("right")) })
    connect(port, "127.0.0.1").end("wrong")
    await expect(done).rejects.toThrow(/expected sha256/)
    expect(await left()).toEqual([])
  })

  it("fails if the connection is reset, and leaves nothing", async () => {
    const { port, done, left } = await collecting()
    const socket = connect(port, "127.0.0.1")
    socket.write("some")
    await expect.poll(left).toHaveLength(1)
    socket.resetAndDestroy()
    await expect(done).rejects.toThrow(/broke after 4 bytes/)
    expect(await left()).toEqual([])
  })
})

describe("listening", () => {
  it("ends with its owner", async () => {
    const { port, done, close } = await offering(10)
    await close()
    await expect(done).rejects.toThrow("nobody had connected")
    expect(await refused(port)).toBe(true)
  })

  it("takes the next port of a range", async () => {
    const taken = createServer().listen(0, "127.0.0.1")
    onTestFinished(() => void taken.close())
    await once(taken, "listening")
    const { port } = taken.address() as { port: number }
    const { port: chosen } = await offering(10, { ports: [port, 0] })
    expect(chosen).not.toBe(port)
    await expect(offering(10, { ports: [port] })).rejects.toThrow(/EADDRINUSE/)
  })
})

const refused = async (port: number): Promise<boolean> => {
  const socket = connect(port, "127.0.0.1")
  const [event] = await Promise.race([
    once(socket, "connect").then(() => ["connect"]),
    once(socket, "close").then(() => ["close"]),
  ]).catch(() => ["error"])
  socket.destroy()
  return event === "error"
}
