import { mkdir, readFile, stat, utimes, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { expect, it } from "vitest"
import { linkOrCopy, Store } from "../../../src/core/artifacts/store.ts"
import { listed, temporary } from "./job.ts"

it("where no hard link can be made, a copy of the same age is", async () => {
  await using directory = await temporary()
  await using elsewhere = await temporary("/dev/shm")
  const from = join(elsewhere.path, "file")
  const to = join(directory.path, "copy")
  await writeFile(from, "content")
  await utimes(from, 1_000_000, 2_000_000)
  await linkOrCopy(from, to)
  expect(await readFile(to, "utf8")).toBe("content")
  const [original, copy] = [await stat(from), await stat(to)]
  expect(copy.dev).not.toBe(original.dev)
  expect(copy.mtimeMs).toBe(2_000_000_000)
})

it("a note that a power cut left empty is no note", async () => {
  await using directory = await temporary()
  const store = new Store(directory.path, 1e9)
  const work = await store.workDirectory()
  await store.note("key", { sha256: "a".repeat(64), validator: { etag: '"1"' } }, work)
  expect(await store.find("key")).toEqual({ sha256: "a".repeat(64), validator: { etag: '"1"' } })
  await writeFile(join(directory.path, "notes", "key"), "")
  expect(await store.find("key")).toBeUndefined()
})

it("what another machine left is removed after a week", async () => {
  await using directory = await temporary()
  const names = ["1.1.0123456789ab.old", "1.1.0123456789ab.new"]
  for (const name of names) await mkdir(join(directory.path, "work", name), { recursive: true })
  const old = new Date(Date.now() - 8 * 86_400_000)
  await utimes(join(directory.path, "work", "1.1.0123456789ab.old"), old, old)
  await new Store(directory.path, 1e9).sweep()
  expect(await listed(directory.path, "work")).toEqual(["1.1.0123456789ab.new"])
})
