import { createHash } from "node:crypto"
import { readFile, writeFile } from "node:fs/promises"
import { connect } from "node:net"
import { join } from "node:path"
import { buffer } from "node:stream/consumers"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { PublishedFiles } from "../../../../src/core/net/published-files.ts"
import { output } from "../run.ts"
import { publish, randomFile, startHttp, temporaryDirectory } from "../serve.ts"

/** A server that has published a file of `size` random bytes as `rootfs.tar`. */
const setUp = async (size: number) => {
  const files = new PublishedFiles()
  const { server, records, url } = await startHttp(files)
  const { path, bytes } = await randomFile(size)
  const sha256 = createHash("sha256").update(bytes).digest("hex")
  const publication = await publish(files, { files: { "rootfs.tar": { path, sha256 } } })
  const fileUrl = `${url}/${publication.path("rootfs.tar")}`
  return { files, server, records, url, bytes, sha256, publication, fileUrl }
}

/** Speaks raw HTTP; the answer until the server closes. */
const raw = (port: number, text: string): Promise<string> => {
  const socket = connect(port, "127.0.0.1")
  socket.write(text)
  return buffer(socket).then(String)
}

describe("real clients", () => {
  const SIZE = 3_000_000
  it.each<[string, (url: string, local: string) => ReadonlyArray<string>]>([
    ["curl", (url, local) => ["curl", "-sSf", "-o", local, url]],
    ["wget", (url, local) => ["wget", "-q", "-O", local, url]],
    ["busybox wget", (url, local) => ["busybox", "wget", "-q", "-O", local, url]],
  ])("%s fetches the whole file", async (_, client) => {
    const { fileUrl, bytes, records, publication } = await setUp(SIZE)
    const local = join(await temporaryDirectory(), "fetched")
    const [command = "", ...args] = client(fileUrl, local)
    await output(command, args)
    expect((await readFile(local)).equals(bytes)).toBe(true)
    const file = `/${publication.path("rootfs.tar")}`
    await expect
      .poll(() => records)
      .toMatchObject([{ protocol: "http", file, outcome: "complete", bytes: SIZE, size: SIZE }])
  })

  it.each([
    ["curl", (url: string, local: string) => ["curl", "-sSf", "-C", "-", "-o", local, url]],
    [
      "busybox wget",
      (url: string, local: string) => ["busybox", "wget", "-q", "-c", "-O", local, url],
    ],
  ])("%s resumes", async (_, client) => {
    const { fileUrl, bytes, records } = await setUp(SIZE)
    const local = join(await temporaryDirectory(), "fetched")
    await writeFile(local, bytes.subarray(0, 1_000_000))
    const [command = "", ...args] = client(fileUrl, local)
    await output(command, args)
    expect((await readFile(local)).equals(bytes)).toBe(true)
    await expect.poll(() => records).toMatchObject([{ outcome: "complete", bytes: 2_000_000 }])
  })
})

describe("GET and HEAD", () => {
  it("say what is known of the file", async () => {
    const { fileUrl, bytes, sha256 } = await setUp(1000)
    for (const method of ["HEAD", "GET"]) {
      const response = await fetch(fileUrl, { method })
      expect(response.status).toBe(200)
      expect(response.headers.get("content-length")).toBe("1000")
      expect(response.headers.get("accept-ranges")).toBe("bytes")
      expect(response.headers.get("etag")).toBe(`"${sha256}"`)
      expect(response.headers.get("x-checksum-sha256")).toBe(sha256)
      const digest = Buffer.from(sha256, "hex").toString("base64")
      expect(response.headers.get("repr-digest")).toBe(`sha-256=:${digest}:`)
      const body = Buffer.from(await response.arrayBuffer())
      expect(body.equals(method === "GET" ? bytes : Buffer.alloc(0))).toBe(true)
    }
  })

  it("serve ranges, unless the file is not the one that was begun", async () => {
    const { fileUrl, bytes, sha256 } = await setUp(1000)
    const get = async (headers: Record<string, string>) => {
      const response = await fetch(fileUrl, { headers })
      const range = response.headers.get("content-range")
      return { status: response.status, range, body: Buffer.from(await response.arrayBuffer()) }
    }
    const part = await get({ range: "bytes=10-19" })
    expect(part).toMatchObject({ status: 206, range: "bytes 10-19/1000" })
    expect(part.body.equals(bytes.subarray(10, 20))).toBe(true)
    expect(await get({ range: "bytes=1000-" })).toMatchObject({
      status: 416,
      range: "bytes */1000",
    })
    const resumed = { range: "bytes=990-", "if-range": `"${sha256}"` }
    expect(await get(resumed)).toMatchObject({ status: 206 })
    expect(await get({ ...resumed, "if-range": '"other"' })).toMatchObject({ status: 200 })
    expect(await get({ "if-none-match": `"${sha256}"` })).toMatchObject({ status: 304 })
  })

  it("serve an empty file", async () => {
    const { fileUrl } = await setUp(0)
    expect(await (await fetch(fileUrl)).arrayBuffer()).toHaveProperty("byteLength", 0)
  })

  it("serve boot files by the same names as TFTP, with URLs of this server", async () => {
    const files = new PublishedFiles()
    const { url } = await startHttp(files)
    const { token } = await publish(files, {
      mac: "52:54:00:aa:00:01",
      files: { vmlinuz: { text: "KERNEL" } },
      pxe: { kernel: "vmlinuz", commandLine: "quiet" },
    })
    const text = async (path: string) => (await fetch(`${url}/${path}`)).text()
    expect(await text("boot.ipxe")).toContain(`chain ${url}/ipxe/\${netX/mac:hexhyp}.ipxe`)
    expect(await text("ipxe/52-54-00-aa-00-01.ipxe")).toContain(`kernel ${url}/${token}/vmlinuz`)
    expect(await text(`${token}/vmlinuz`)).toBe("KERNEL")
  })

  it("are cut off when the job ends", async () => {
    const { fileUrl, publication, records } = await setUp(20_000_000)
    const response = await fetch(fileUrl)
    await publication.withdraw()
    await expect(response.arrayBuffer()).rejects.toThrow(TypeError)
    await expect.poll(() => records).toMatchObject([{ outcome: "withdrawn" }])
    expect((await fetch(fileUrl)).status).toBe(404)
  })

  it("notice a device that hangs up", async () => {
    const { server, publication, records } = await setUp(20_000_000)
    const socket = connect(server.port, "127.0.0.1")
    socket.write(`GET /${publication.path("rootfs.tar")} HTTP/1.1\r\nHost: x\r\n\r\n`)
    socket.once("data", () => socket.destroy())
    await expect.poll(() => records).toMatchObject([{ outcome: "aborted", size: 20_000_000 }])
    expect(records[0]?.bytes).toBeLessThan(20_000_000)
  })

  it("answer many requests on one connection", async () => {
    const { server, publication, bytes } = await setUp(300_000)
    const request = `GET /${publication.path("rootfs.tar")} HTTP/1.1\r\nHost: x\r\n`
    const socket = connect(server.port, "127.0.0.1")
    socket.write(`${request}\r\n`.repeat(4) + `${request}Connection: close\r\n\r\n`)
    const answer = await buffer(socket)
    let at = -1
    let found = 0
    while ((at = answer.indexOf(bytes, at + 1)) >= 0) found++
    expect(found).toBe(5)
  })
})

describe("refusals", () => {
  const paths = fc.array(
    fc.oneof(
      fc.constantFrom("..", "%2e%2e", "%2F", "..%2f", "etc", "passwd", "%00", "%", "\\", "//", "."),
      fc.stringMatching(/^[!-~]{0,8}$/),
    ),
    { maxLength: 6 },
  )

  it("answer 404 to all that is not published, however it is written", async () => {
    const { server, publication } = await setUp(10)
    const start = fc.constantFrom(`/${publication.token}`, "", "/etc", "http://x/..", "*")
    await fc.assert(
      fc.asyncProperty(start, paths, async (first, segments) => {
        const target = [first, ...segments].join("/") || "/"
        const answer = await raw(
          server.port,
          `GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
        )
        expect(answer).toMatch(/^HTTP\/1\.1 (404|400) /)
      }),
      { numRuns: 150 },
    )
  })

  it("answer 405 to other methods", async () => {
    const { fileUrl, records } = await setUp(10)
    const response = await fetch(fileUrl, { method: "DELETE" })
    expect(response.status).toBe(405)
    expect(response.headers.get("allow")).toBe("GET, HEAD, PUT, POST")
    expect(records).toMatchObject([{ outcome: "refused" }])
  })

  it("survive what is not HTTP", async () => {
    const { server, fileUrl } = await setUp(10)
    expect(await raw(server.port, "nonsense\r\n\r\n")).toMatch(/^HTTP\/1\.1 400 /)
    expect((await fetch(fileUrl)).status).toBe(200)
  })
})
