import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { PublishedFiles } from "../../../../src/core/net/published-files.ts"
import { output, run } from "../run.ts"
import { publish, randomFile, startTftp, temporaryDirectory } from "../serve.ts"

/** A program's arguments to fetch `name` into `local`, in octet mode. */
type Client = (port: string, name: string, local: string) => ReadonlyArray<string>

const curl =
  (...options: ReadonlyArray<string>): Client =>
  (port, name, local) => [
    "curl",
    "-sS",
    "--max-time",
    "12",
    ...options,
    "-o",
    local,
    `tftp://127.0.0.1:${port}/${name}`,
  ]

const atftp =
  (...options: ReadonlyArray<string>): Client =>
  (port, name, local) => {
    const asked = options.flatMap((option) => ["--option", option])
    return ["atftp", ...asked, "-g", "-r", name, "-l", local, "127.0.0.1", port]
  }

const busybox =
  (blksize: string): Client =>
  (port, name, local) => [
    "busybox",
    "tftp",
    "-b",
    blksize,
    "-g",
    "-r",
    name,
    "-l",
    local,
    "127.0.0.1",
    port,
  ]

/** Debian's TFTP clients: curl, atftp, tftp-hpa, busybox. */
const clients: Record<string, Client> = {
  curl: curl(),
  "curl, blocks of 1428": curl("--tftp-blksize", "1428"),
  "curl, no options": curl("--tftp-no-options"),
  atftp: atftp(),
  "atftp, tsize and window 16": atftp("tsize 0", "windowsize 16", "blksize 1428"),
  "atftp, blocks of 65464": atftp("blksize 65464"),
  "atftp, more than fits into a window": atftp("windowsize 65535", "blksize 65464"),
  "tftp-hpa": (port, name, local) => {
    return ["tftp", "-m", "binary", "127.0.0.1", port, "-c", "get", name, local]
  },
  busybox: busybox("1468"),
  "busybox, blocks of 100": busybox("100"),
}

describe.each(Object.entries(clients))("%s", (name, client) => {
  // curl 7.88 takes a tsize of 0 in an answer for a mistake of the server.
  const empty = name === "curl" || name === "curl, blocks of 1428" ? [] : [0]

  it.each([...empty, 1, 511, 512, 1428 * 40, 200_000])(
    "fetches a file of %i bytes",
    async (size) => {
      const files = new PublishedFiles()
      const { server, records } = await startTftp(files)
      const { path, bytes } = await randomFile(size)
      const publication = await publish(files, { files: { "boot/vmlinuz": { path } } })
      const local = join(await temporaryDirectory(), "fetched")

      const asked = publication.path("boot/vmlinuz")
      const [command = "", ...args] = client(String(server.port), asked, local)
      await output(command, args)

      expect((await readFile(local)).equals(bytes)).toBe(true)
      await expect.poll(() => records).toHaveLength(1)
      expect(records[0]).toMatchObject({ file: asked, outcome: "complete", bytes: size, size })
    },
  )
})

it("answers netascii, which tftp-hpa asks for unless told otherwise", async () => {
  const files = new PublishedFiles()
  const { server } = await startTftp(files)
  const text = "one\ntwo\r\nthree\n".repeat(200)
  const publication = await publish(files, { files: { text: { text } } })
  const local = join(await temporaryDirectory(), "fetched")
  const asked = publication.path("text")
  await output("tftp", ["127.0.0.1", String(server.port), "-c", "get", asked, local])
  expect(await readFile(local, "utf8")).toBe(text)
})

it("rolls block numbers over after 65535", async () => {
  const files = new PublishedFiles()
  const { server, records } = await startTftp(files)
  const { path, bytes } = await randomFile(8 * 65536 * 2 + 3)
  const publication = await publish(files, { files: { f: { path } } })
  const local = join(await temporaryDirectory(), "fetched")
  const client = atftp("blksize 8", "windowsize 64")
  const [command = "", ...args] = client(String(server.port), publication.path("f"), local)
  await output(command, args)
  expect((await readFile(local)).equals(bytes)).toBe(true)
  await expect.poll(() => records).toMatchObject([{ outcome: "complete", bytes: bytes.length }])
})

it("tells a client that asks for what is not published", async () => {
  const { server, records } = await startTftp(new PublishedFiles())
  const url = `tftp://127.0.0.1:${server.port}//etc/passwd`
  const { code } = await run("curl", ["-sS", "--max-time", "12", url])
  expect(code).toBe(68) // CURLE_TFTP_NOTFOUND
  expect(records).toMatchObject([{ file: "/etc/passwd", outcome: "refused", bytes: 0 }])
})

it("serves twenty clients at once", async () => {
  const files = new PublishedFiles()
  const { server, records } = await startTftp(files)
  const { path, bytes } = await randomFile(500_000)
  const publication = await publish(files, { files: { f: { path } } })
  const url = `tftp://127.0.0.1:${server.port}/${publication.path("f")}`
  const fetched = await Promise.all(
    Array.from({ length: 20 }, () => output("curl", ["-sS", "--max-time", "12", url])),
  )
  expect(fetched.every((content) => content.equals(bytes))).toBe(true)
  await expect.poll(() => records).toHaveLength(20)
})
