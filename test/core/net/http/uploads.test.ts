import { createHash } from "node:crypto"
import { readdir, readFile, writeFile } from "node:fs/promises"
import { connect } from "node:net"
import { dirname, join } from "node:path"
import { buffer } from "node:stream/consumers"
import { describe, expect, it } from "vitest"
import { PublishedFiles } from "../../../../src/core/net/published-files.ts"
import type { ReceivedFile } from "../../../../src/core/net/receive-stream.ts"
import type { TransferProgress } from "../../../../src/core/net/transfer-record.ts"
import { output, run } from "../run.ts"
import { randomFile, startHttp, temporaryDirectory } from "../serve.ts"

const sha256Of = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex")

/** A server that expects one upload. */
const setUp = async (limits: { maxBytes?: number; sha256?: string } = {}) => {
  const { server, records, url } = await startHttp(new PublishedFiles())
  const path = join(await temporaryDirectory(), "initrd.img")
  const done = Promise.withResolvers<ReceivedFile | Error>()
  const progress: Array<TransferProgress> = []
  const urlPath = server.uploads.expect({
    path,
    maxBytes: 10_000_000,
    onEnd: done.resolve,
    onProgress: (event) => progress.push(event),
    ...limits,
  })
  const left = () => readdir(dirname(path))
  return {
    server,
    records,
    path,
    progress,
    urlPath,
    url: `${url}/${urlPath}`,
    done: done.promise,
    left,
  }
}

describe("real clients", () => {
  it.each<[string, (local: string, url: string) => ReadonlyArray<string>]>([
    ["curl PUT", (local, url) => ["curl", "-sSf", "-T", local, url]],
    ["curl POST", (local, url) => ["curl", "-sSf", "--data-binary", `@${local}`, url]],
    ["wget POST", (local, url) => ["wget", "-qO-", "--post-file", local, url]],
  ])("%s sends a file", async (_, client) => {
    const { url, done, path, progress, records, left } = await setUp()
    const { path: local, bytes } = await randomFile(2_500_000)
    const sha256 = sha256Of(bytes)
    const [command = "", ...args] = client(local, url)
    expect(String(await output(command, args))).toBe(`${sha256} 2500000\n`)
    expect(await done).toEqual({ path, size: 2_500_000, sha256 })
    expect((await readFile(path)).equals(bytes)).toBe(true)
    expect(await left()).toEqual(["initrd.img"])
    expect(progress.at(-1)).toMatchObject({ bytes: 2_500_000, total: 2_500_000 })
    await expect
      .poll(() => records)
      .toMatchObject([{ direction: "from-device", outcome: "complete", bytes: 2_500_000 }])
  })

  it("busybox wget sends a text", async () => {
    const { url, done } = await setUp()
    const local = join(await temporaryDirectory(), "text")
    await writeFile(local, "lines\n".repeat(1000))
    await output("busybox", ["wget", "-qO-", "--post-file", local, url])
    expect(await done).toMatchObject({ size: 6000 })
  })

  it("busybox wget cuts a binary file at its first NUL, which the checksum shows", async () => {
    const { path: local, bytes } = await randomFile(100_000)
    const { url, done } = await setUp({ sha256: sha256Of(bytes) })
    const { code } = await run("busybox", ["wget", "-qO-", "--post-file", local, url])
    expect(code).not.toBe(0)
    expect(await done).toMatchObject({ message: expect.stringContaining("expected sha256") })
  })

  it("a shell with nothing but netcat sends a file", async () => {
    const { server, urlPath, done, path } = await setUp()
    const { path: local, bytes } = await randomFile(1_000_000)
    const head = `PUT /${urlPath} HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\nContent-Length: %s\\r\\n\\r\\n`
    const script = `{ printf '${head}' "$(wc -c < ${local})"; cat ${local}; } | busybox nc 127.0.0.1 ${server.port}`
    expect(String(await output("sh", ["-c", script]))).toMatch(/^HTTP\/1\.1 201 /)
    expect(await done).toMatchObject({ size: 1_000_000, sha256: sha256Of(bytes) })
    expect((await readFile(path)).equals(bytes)).toBe(true)
  })

  it("curl sends a pipe, in chunks", async () => {
    const { url, done } = await setUp()
    await output("sh", ["-c", `head -c 300000 /dev/zero | curl -sSf -T - ${url}`])
    expect(await done).toMatchObject({ size: 300_000 })
  })
})

describe("a path", () => {
  it("is good for one upload", async () => {
    const { url, done } = await setUp()
    expect((await fetch(url, { method: "PUT", body: "one" })).status).toBe(201)
    expect((await fetch(url, { method: "PUT", body: "two" })).status).toBe(404)
    expect(await done).toMatchObject({ size: 3 })
  })

  it("must be known", async () => {
    const { server, records } = await setUp()
    const url = `http://127.0.0.1:${server.port}/upload/0123456789abcdef01234567`
    expect((await fetch(url, { method: "PUT", body: "x" })).status).toBe(404)
    expect(records).toMatchObject([{ direction: "from-device", outcome: "refused" }])
  })

  it("is gone when nobody expects the upload any more, even under way", async () => {
    const { server, urlPath, done, left } = await setUp()
    const socket = connect(server.port, "127.0.0.1")
    socket.on("error", () => undefined)
    socket.write(`PUT /${urlPath} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nsome`)
    await expect.poll(left).toHaveLength(1)
    server.uploads.withdraw(urlPath)
    expect(await done).toBeInstanceOf(Error)
    expect(await left()).toEqual([])
  })
})

describe("an upload", () => {
  it("that is cut is an error, and leaves nothing", async () => {
    const { server, urlPath, done, records, left } = await setUp()
    const socket = connect(server.port, "127.0.0.1")
    socket.write(`PUT /${urlPath} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nsome`)
    await expect.poll(left).toHaveLength(1)
    socket.end()
    const result = await done
    expect(result).toMatchObject({ message: "the connection was cut after 4 of 1000 bytes" })
    expect(await left()).toEqual([])
    expect(records).toMatchObject([{ outcome: "aborted", bytes: 4 }])
  })

  it("that is cut in its chunks is an error", async () => {
    const { server, urlPath, done, left } = await setUp()
    const socket = connect(server.port, "127.0.0.1")
    socket.end(
      `PUT /${urlPath} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nsome\r\n`,
    )
    expect(await done).toBeInstanceOf(Error)
    expect(await left()).toEqual([])
  })

  it("without a length is refused, since it could not be told from a cut one", async () => {
    const { server, urlPath } = await setUp()
    const socket = connect(server.port, "127.0.0.1")
    socket.write(`POST /${urlPath} HTTP/1.0\r\n\r\nsome`)
    expect(String(await buffer(socket))).toMatch(/^HTTP\/1\.1 411 /)
  })

  it.each([
    ["by its length", ["-T", "FILE"]],
    ["as it comes, in chunks", ["-H", "Transfer-Encoding: chunked", "-T", "FILE"]],
  ])("that is too large is refused %s, and the device is told", async (_, options) => {
    const { url, done, left } = await setUp({ maxBytes: 1_000_000 })
    const { path: local } = await randomFile(5_000_000)
    const args = options.map((option) => option.replace("FILE", local))
    const { stdout } = await run("curl", ["-sS", "-w", "%{http_code}", ...args, url])
    expect(String(stdout)).toMatch(/more than the 1000000 bytes that are allowed\n413$/)
    expect(await done).toMatchObject({ message: expect.stringContaining("more than the 1000000") })
    expect(await left()).toEqual([])
  })

  it("with another checksum than expected is refused, and what was there stays", async () => {
    const { url, path, done, left } = await setUp({ sha256: sha256Of(Buffer.from("right")) })
    await writeFile(path, "before")
    const response = await fetch(url, { method: "PUT", body: "wrong" })
    expect(response.status).toBe(422)
    expect(await done).toMatchObject({ message: expect.stringContaining("expected sha256") })
    expect(await left()).toEqual(["initrd.img"])
    expect(await readFile(path, "utf8")).toBe("before")
  })

  it("of nothing is an empty file", async () => {
    const { url, done } = await setUp()
    const { path: local } = await randomFile(0)
    await output("curl", ["-sSf", "-H", "Content-Length: 0", "-T", local, url])
    expect(await done).toMatchObject({ size: 0 })
  })
})
