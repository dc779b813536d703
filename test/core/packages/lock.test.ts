import { existsSync, readdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { describe, expect, it } from "vitest"
import { directoryStorage } from "../../../src/core/packages/directory-storage.ts"
import { locked } from "../../../src/core/packages/lock.ts"
import { temporary } from "../artifacts/job.ts"

const never = new AbortController().signal
const patience = { pauseMs: 5, staleMs: 200, limitMs: 1000 }
const lock = ".packages.checksum.lock"
/** Of a process on another machine, of which nobody here knows whether it lives. */
const foreign = "1.1.0123456789ab.x"

const setUp = async () => {
  const directory = await temporary()
  return { directory, file: join(directory.path, lock), storage: directoryStorage(directory.path) }
}

describe("the lock of a repository", () => {
  it("is held by one at a time, and given back", async () => {
    const { directory, storage } = await setUp()
    await using _ = directory
    let holders = 0
    const hold = async () => {
      expect(++holders).toBe(1)
      await sleep(10)
      holders--
    }
    await Promise.all(
      Array.from({ length: 5 }, () => locked(storage, hold, never, { ...patience, limitMs: 5000 })),
    )
    expect(readdirSync(directory.path)).toEqual([])
    const failing = locked(storage, () => Promise.reject(new Error("on purpose")), never, patience)
    await expect(failing).rejects.toThrow("on purpose")
    expect(readdirSync(directory.path)).toEqual([])
  })

  it("of another machine is taken away when it has not changed for long", async () => {
    const { directory, storage, file } = await setUp()
    await using _ = directory
    writeFileSync(file, foreign)
    const start = performance.now()
    await locked(storage, async () => expect(existsSync(file)).toBe(true), never, patience)
    expect(performance.now() - start).toBeGreaterThan(190)
    expect(readdirSync(directory.path)).toEqual([])
  })

  it("that others hold, one after the other, is given up in the end", async () => {
    const { directory, storage, file } = await setUp()
    await using _ = directory
    let count = 0
    const others = setInterval(() => writeFileSync(file, `${foreign}${count++}`), 20)
    writeFileSync(file, foreign)
    const held = locked(storage, async () => undefined, never, patience)
    await expect(held).rejects.toThrow(/others have held .packages.checksum.lock for 1 s/)
    clearInterval(others)
  })

  it("tells a holder who was taken for dead", async () => {
    const { directory, storage, file } = await setUp()
    await using _ = directory
    const held = locked(
      storage,
      async (assertHeld) => {
        await assertHeld()
        writeFileSync(file, foreign)
        await assertHeld()
      },
      never,
      patience,
    )
    await expect(held).rejects.toThrow("took this one for dead")
    expect(readdirSync(directory.path)).toEqual([lock])
  })

  it("that cannot be made says why", async () => {
    const storage = directoryStorage("/nowhere/at/all")
    await expect(locked(storage, async () => undefined, never, patience)).rejects.toThrow("ENOENT")
  })
})
