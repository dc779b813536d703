import { randomBytes } from "node:crypto"
import { mkdirSync, readFileSync, statfsSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { httpStorage } from "../../../src/core/packages/http-storage.ts"
import type { Storage } from "../../../src/core/packages/storage.ts"
import { fileListener, serve } from "../artifacts/file-server.ts"
import { type Place, places } from "./places.ts"

const never = new AbortController().signal
const content = randomBytes(3_000_001)

const read = async (storage: Storage, name: string) => {
  const chunks: Array<Uint8Array> = []
  for await (const chunk of storage.read(name, never)) chunks.push(chunk)
  return Buffer.concat(chunks)
}

async function* blocks(bytes: Buffer) {
  for (let at = 0; at < bytes.length; at += 100_000) yield bytes.subarray(at, at + 100_000)
}

async function* failing() {
  yield content
  throw new Error("on purpose")
}

/** Does something with a repository of a kind. */
const on = (
  place: (typeof places)[string],
  run: (at: Place) => Promise<void>,
): Effect.Effect<void, unknown, Scope.Scope> =>
  Effect.flatMap(place, (at) => Effect.promise(() => run(at)))

describe.each(Object.entries(places))("%s", (_, place) => {
  it.live("keeps what is put there, for everybody to read", () =>
    on(place, async ({ storage, directory }) => {
      const umask = process.umask(0o077)
      await storage.create("a b%", blocks(content)).finally(() => process.umask(umask))
      expect(readFileSync(join(directory, "a b%")).equals(content)).toBe(true)
      expect(statSync(join(directory, "a b%")).mode & 0o777).toBe(0o644)
      expect((await read(storage, "a b%")).equals(content)).toBe(true)
    }),
  )

  it.live("lists files, with size and times", () =>
    on(place, async ({ storage, directory }) => {
      mkdirSync(join(directory, "directory"))
      writeFileSync(join(directory, "file"), "abc")
      const { mtimeMs } = statSync(join(directory, "file"))
      const [file, ...others] = await storage.list()
      expect(file).toMatchObject({ name: "file", size: 3 })
      expect(Math.abs((file?.modified ?? 0) - mtimeMs)).toBeLessThan(1000)
      expect(others).toEqual([])
    }),
  )

  it.live("creates no file twice, and keeps none that is not whole", () =>
    on(place, async ({ storage }) => {
      await storage.create("a", blocks(content))
      await expect(storage.create("a", blocks(Buffer.from("b")))).rejects.toThrow(/./)
      expect((await read(storage, "a")).length).toBe(content.length)
      await expect(storage.create("b", failing())).rejects.toThrow("on purpose")
      expect((await storage.list()).map(({ name }) => name)).toEqual(["a"])
    }),
  )

  it.live("replaces a file by another, and removes it", () =>
    on(place, async ({ storage }) => {
      await storage.create("a", blocks(Buffer.from("a")))
      await storage.create("b", blocks(Buffer.from("b")))
      await storage.rename("b", "a")
      expect((await read(storage, "a")).toString()).toBe("b")
      await storage.remove("a")
      expect(await storage.list()).toEqual([])
    }),
  )

  it.live("tells what is not there", () =>
    on(place, async ({ storage }) => {
      await expect(read(storage, "a")).rejects.toMatchObject({ code: "ENOENT" })
      await expect(storage.remove("a")).rejects.toMatchObject({ code: "ENOENT" })
    }),
  )

  it.live("knows the free space", () =>
    on(place, async ({ storage, directory }) => {
      const { bavail, bsize } = statfsSync(directory)
      const free = (await storage.freeBytes()) ?? 0
      expect(Math.abs(free - bavail * bsize)).toBeLessThan(1e9)
      expect(free).toBeGreaterThan(0)
    }),
  )
})

describe("a repository by HTTP", () => {
  it("lists what its packages.checksum lists, and reads it", async () => {
    const sum = "0".repeat(32)
    const text = `${sum} a b\n${sum} gone\n`
    await using server = await serve((request, response) => {
      if (request.url === "/p/gone") return response.writeHead(404).end()
      if (request.url === "/p/packages.checksum") return response.end(text)
      return fileListener(() => content)(request, response)
    })
    const storage = httpStorage(`${server.url}/p`)
    expect(await storage.list()).toMatchObject([
      { name: "packages.checksum" },
      { name: "a b", size: content.length },
    ])
    expect((await read(storage, "a b")).equals(content)).toBe(true)
    await expect(read(storage, "gone")).rejects.toMatchObject({ code: "ENOENT" })
  })
})
