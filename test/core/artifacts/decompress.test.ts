import { execFileSync } from "node:child_process"
import { randomBytes } from "node:crypto"
import { readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import fc from "fast-check"
import { describe, expect, it, vi } from "vitest"
import type { Compression } from "../../../src/core/artifacts/decompress.ts"
import { serve } from "./file-server.ts"
import { openCache, temporary } from "./job.ts"

const compressors = { gz: "gzip", xz: "xz", zstd: "zstd", bz2: "bzip2" } as const
const compressions = ["gz", "xz", "zstd", "bz2"] as const

const compress = (compression: Compression, input: Uint8Array, ...args: ReadonlyArray<string>) =>
  execFileSync(compressors[compression], ["-c", ...args], { input, maxBuffer: 1e9 })

const fetchFile = async (bytes: Uint8Array, compression: Compression) => {
  await using directory = await temporary()
  await using cache = await openCache({ directory: directory.path })
  const url = join(directory.path, `file.${compression}`)
  await writeFile(url, bytes)
  const job = cache.startJob()
  return await job
    .fetch({ url, compression })
    .then(async ({ path }) => ({ came: await readFile(path), error: undefined }))
    .catch((error: Error) => ({ came: undefined, error }))
}

describe.each(compressions)("%s", (compression) => {
  const big = Buffer.concat([randomBytes(1 << 20), Buffer.alloc(3 << 20)])

  it("comes back as it was, in any number of members or frames", async () => {
    const packed = compress(compression, big)
    expect((await fetchFile(packed, compression)).came?.equals(big)).toBe(true)
    const two = Buffer.concat([packed, compress(compression, Buffer.from("more"))])
    const plain = Buffer.concat([big, Buffer.from("more")])
    expect((await fetchFile(two, compression)).came?.equals(plain)).toBe(true)
  })

  it("that is cut short, damaged or something else is a JobError", async () => {
    const packed = compress(compression, big)
    const damaged = Buffer.from(packed)
    const middle = damaged.length >> 1
    damaged.fill(0x55, middle, middle + 100)
    const bad = [
      packed.subarray(0, packed.length - 3),
      packed.subarray(0, 100_000),
      packed.subarray(0, 2),
      damaged,
      Buffer.from("<html>Not found</html>"),
      Buffer.alloc(0),
    ]
    for (const bytes of bad) {
      const { error } = await fetchFile(bytes, compression)
      expect(error).toMatchObject({ _tag: "JobError" })
      expect(error?.message).toMatch(
        new RegExp(
          `/file\\.${compression} is not valid ${compressors[compression]}: [a-zA-Z][^/*\\n]+; check the file and`,
        ),
      )
    }
  })
})

it("a zstd file with the largest window comes back", async () => {
  const plain = randomBytes(200_000)
  const packed = compress("zstd", plain, "--ultra", "--long=31")
  expect((await fetchFile(packed, "zstd")).came?.equals(plain)).toBe(true)
})

it("a missing program is named, with the package that has it", async () => {
  const packed = compress("xz", Buffer.from("x"))
  vi.stubEnv("PATH", "/nonexistent")
  const { error } = await fetchFile(packed, "xz").finally(() => vi.unstubAllEnvs())
  expect(error).toMatchObject({
    _tag: "InfrastructureError",
    message:
      "the program `xz` is needed to decompress an artifact, and this machine does not have it: apt install xz-utils",
  })
})

it("any bytes come back through any compression, chunking and cut", async () => {
  await using directory = await temporary()
  await using cache = await openCache({ directory: directory.path })
  const job = cache.startJob()
  let file: { bytes: Buffer; chunks: ReadonlyArray<number>; cutAt: number; cut?: true }
  await using server = await serve((request, response) => {
    const { bytes, chunks, cutAt } = file
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0)
    response.writeHead(from > 0 ? 206 : 200, {
      etag: '"1"',
      ...(from > 0 && { "content-range": `bytes ${from}-${bytes.length - 1}/${bytes.length}` }),
    })
    void (async () => {
      let at = from
      for (let index = 0; at < bytes.length; index++) {
        const end = Math.min(bytes.length, at + (chunks[index % chunks.length] ?? 1))
        if (!file.cut && end > cutAt) {
          file.cut = true
          response.destroy()
          return
        }
        await new Promise((resolve) => response.write(bytes.subarray(at, end), resolve))
        at = end
      }
      response.end()
    })()
  })
  const content = fc.oneof(
    fc.uint8Array({ maxLength: 5000 }),
    fc
      .tuple(fc.uint8Array({ minLength: 1, maxLength: 50 }), fc.integer({ min: 1, max: 2000 }))
      .map(([unit, times]) =>
        Uint8Array.from({ length: unit.length * times }, (_, at) => unit[at % unit.length] ?? 0),
      ),
  )
  await fc.assert(
    fc.asyncProperty(
      content,
      fc.constantFrom<Compression | undefined>(undefined, ...compressions),
      fc.array(fc.integer({ min: 1, max: 3000 }), { minLength: 1, maxLength: 5 }),
      fc.integer({ min: 0, max: 200_000 }),
      async (plain, compression, sizes, cutAt) => {
        const bytes = compression ? compress(compression, plain) : Buffer.from(plain)
        const chunks = sizes.map((size) => size + Math.floor(bytes.length / 30))
        file = { bytes, chunks, cutAt }
        const { path, size } = await job.fetch({
          url: `${server.url}/file`,
          use_cache: false,
          ...(compression && { compression }),
        })
        expect(size).toBe(plain.length)
        expect(Buffer.compare(await readFile(path), plain)).toBe(0)
      },
    ),
    { numRuns: 40 },
  )
}, 60_000)
