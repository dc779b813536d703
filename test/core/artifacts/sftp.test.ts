import { createHash, randomBytes } from "node:crypto"
import { copyFile, mkdir, rename, stat, truncate, utimes, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { vi } from "vitest"
import { type Sshd, sshd } from "../ssh/sshd.ts"
import { openCache } from "./job.ts"

const content = randomBytes(3_000_001)

/** A file of another host, and a job that wants it. The user's own ssh settings know the host. */
const setUp = Effect.gen(function* () {
  const server = yield* sshd("Subsystem sftp internal-sftp")
  yield* homeOf(server)
  const file = join(server.directory, "Image 1%")
  const written = new Date(Date.now() - 60_000)
  yield* Effect.promise(async () => {
    await writeFile(file, content)
    await utimes(file, written, written)
  })
  const cache = yield* Effect.acquireDisposable(
    Effect.promise(() => openCache({ directory: join(server.directory, "cache") })),
  )
  const at = `ssh://127.0.0.1:${server.port}`
  return { server, file, at, url: `${at}${file.replace(" 1%", "%201%25")}`, job: cache.startJob() }
})

/** A home whose keys and known hosts are the server's. */
const homeOf = ({ directory, settings }: Sshd) =>
  Effect.acquireRelease(
    Effect.promise(async () => {
      const home = join(directory, "home")
      await mkdir(join(home, ".ssh"), { recursive: true })
      const { identity_file = "", known_hosts = "" } = settings()
      await copyFile(identity_file, join(home, ".ssh/id_ed25519"))
      await copyFile(known_hosts, join(home, ".ssh/known_hosts"))
      vi.stubEnv("HOME", home)
      vi.stubEnv("SSH_AUTH_SOCK", "")
    }),
    () => Effect.sync(() => vi.unstubAllEnvs()),
  )

describe("a file of another host, by sftp", () => {
  it.live("is fetched, and only asked for when it was fetched before", () =>
    Effect.gen(function* () {
      const { job, url, file } = yield* setUp
      yield* Effect.promise(async () => {
        const seen: Array<unknown> = []
        const onProgress = (progress: unknown) => seen.push(progress)
        const first = await job.fetch({ url }, { onProgress })
        expect(first).toMatchObject({ size: content.length, name: "Image 1%" })
        expect(seen.at(-1)).toEqual({ received: content.length, total: content.length })
        const again = await job.fetch({ url: url.replace("ssh:", "scp:") })
        expect((await stat(again.path)).ino).toBe((await stat(first.path)).ino)
        await truncate(file, 1000)
        expect(await job.fetch({ url })).toMatchObject({ size: 1000 })
      })
    }),
  )

  it.live("is resumed after the connection was cut", () =>
    Effect.gen(function* () {
      const { job, url, server, file } = yield* setUp
      yield* Effect.promise(async () => {
        const large = Buffer.concat(Array.from({ length: 20 }, () => content))
        await writeFile(file, large)
        let cuts = 0
        const onProgress = ({ received = 0 }) => {
          if (cuts > 0 || received < 1_000_000 || received === large.length) return
          cuts++
          for (const pid of server.sessions()) process.kill(pid, "SIGKILL")
        }
        const { size, sha256 } = await job.fetch({ url }, { onProgress })
        expect({ size, cuts }).toEqual({ size: large.length, cuts: 1 })
        expect(sha256).toBe(createHash("sha256").update(large).digest("hex"))
      })
    }),
  )

  it.live("that is not there, or not to be had, is named", () =>
    Effect.gen(function* () {
      const { job, url, at, file } = yield* setUp
      yield* Effect.promise(async () => {
        await rename(file, `${file}.other`)
        expect(await job.failure({ url })).toMatchObject({
          _tag: "JobError",
          message: `${at}${file} cannot be downloaded: no such file or directory; check the URL`,
        })
        const nowhere = await job.failure({ url: `ssh://127.0.0.1:1/x` })
        expect(nowhere._tag).toBe("InfrastructureError")
        expect(nowhere.message).toMatch(
          /the file server at ssh \S+ cannot be opened: nothing listens/,
        )
        expect((await job.failure({ url: "ssh://me:secret@host/x" })).message).not.toContain(
          "secret",
        )
      })
    }),
  )

  it.live("is given up at once when the job ends", () =>
    Effect.gen(function* () {
      const { job, url, server } = yield* setUp
      yield* Effect.promise(async () => {
        const abort = new AbortController()
        const onProgress = () => {
          for (const pid of server.sessions()) process.kill(pid, "SIGSTOP")
        }
        const fetching = job.fetch({ url }, { onProgress, signal: abort.signal })
        fetching.catch(() => {})
        await sleep(500)
        const start = performance.now()
        abort.abort()
        await expect(fetching).rejects.toThrow("interrupted")
        expect(performance.now() - start).toBeLessThan(1000)
      })
    }),
  )
})
