import { chmod, mkdtemp, rm, symlink } from "node:fs/promises"
import { tmpdir, userInfo } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, expect, it, vi } from "vitest"
import { privateDirectory } from "../../src/core/private-directory.ts"

let temporary = ""
const own = () => join(temporary, `lab-dispatch-${userInfo().uid}`)

beforeEach(async () => {
  temporary = await mkdtemp(join(tmpdir(), "private-directory-"))
  vi.stubEnv("TMPDIR", temporary)
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await rm(temporary, { recursive: true })
})

it("is made once and found again", async () => {
  expect(await privateDirectory()).toBe(own())
  expect(await privateDirectory()).toBe(own())
})

it("is not used where others may write to it", async () => {
  await chmod(await privateDirectory(), 0o777)
  await expect(privateDirectory()).rejects.toThrow("is not this user's own: remove it")
})

it("is not used where it leads elsewhere", async () => {
  await symlink(temporary, own())
  await expect(privateDirectory()).rejects.toThrow("is not this user's own")
})
