import { createHash, randomBytes } from "node:crypto"
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { ownerPrefix } from "../../../src/core/owner.ts"
import { list, verifyPackage } from "../../../src/core/packages/inventory.ts"
import { readChecksums } from "../../../src/core/packages/checksums.ts"
import { remove } from "../../../src/core/packages/remove.ts"
import { upload } from "../../../src/core/packages/upload.ts"
import { temporaryDirectory } from "../console/peers.ts"
import { sshd } from "../ssh/sshd.ts"
import { overSsh, type Place, places, sshdWithDisk } from "./places.ts"

const never = new AbortController().signal
const content = randomBytes(3_000_001)
const hash = (kind: string, bytes: Buffer | string) => createHash(kind).update(bytes).digest("hex")

/** A file to upload. */
const fileOf = (name: string, bytes: Buffer | string) =>
  Effect.map(temporaryDirectory, (directory) => {
    const path = join(directory, name)
    writeFileSync(path, bytes)
    return path
  })

/** All files of a repository, hidden ones too. */
const namesIn = ({ directory }: Pick<Place, "directory">) => readdirSync(directory).toSorted()

describe.each(Object.entries(places))("packages of %s", (_, place) => {
  it.live("are uploaded whole, listed as autotest does, verified and removed", () =>
    Effect.gen(function* () {
      const at = yield* place
      const path = yield* fileOf("dep-x.tar.bz2", content)
      writeFileSync(join(at.directory, "packages.checksum"), `${hash("md5", "o")} old.tar.bz2`)
      writeFileSync(join(at.directory, "old.tar.bz2"), "o")
      writeFileSync(join(at.directory, "unlisted"), "o")
      const { storage } = at
      yield* Effect.promise(async () => {
        const seen: Array<unknown> = []
        const onProgress = (progress: unknown) => void seen.push(progress)
        await upload(storage, path, { onProgress }, never)
        expect(seen.at(-1)).toEqual({ received: content.length, total: content.length })
        expect(readFileSync(join(at.directory, "dep-x.tar.bz2")).equals(content)).toBe(true)
        const text = readFileSync(join(at.directory, "packages.checksum"), "utf8")
        expect(text.split("\n")).toEqual([
          `${hash("sha256", content)} dep-x.tar.bz2`,
          `${hash("md5", content)} dep-x.tar.bz2`,
          `${hash("md5", "o")} old.tar.bz2`,
          "",
        ])
        const names = ["dep-x.tar.bz2", "old.tar.bz2", "packages.checksum", "unlisted"]
        expect(namesIn(at)).toEqual(names)

        writeFileSync(join(at.directory, "dep-x.tar.bz2"), "other")
        const verdict = async (name: string) =>
          verifyPackage(storage, name, await readChecksums(storage, never), never)
        expect(await verdict("old.tar.bz2")).toBe("right")
        expect(await verdict("dep-x.tar.bz2")).toBe("wrong")
        expect(await verdict("unlisted")).toBe("unlisted")
        expect(await verdict("nothing")).toBe("missing")

        const removed = await remove(storage, ["dep-x.tar.bz2", "nothing"], never)
        expect(removed).toMatchObject([
          { name: "dep-x.tar.bz2" },
          { name: "nothing", error: expect.stringContaining("no such file") },
        ])
        expect(await list(storage, never)).toMatchObject([
          { name: "old.tar.bz2", checksums: { md5: hash("md5", "o") } },
          { name: "unlisted", checksums: {} },
        ])
      })
    }),
  )

  it.live("uploaded at the same time are all listed", () =>
    Effect.gen(function* () {
      const at = yield* place
      const names = Array.from({ length: 8 }, (_, index) => `package-${index}`)
      const paths = yield* Effect.forEach(names, (name) => fileOf(name, name))
      yield* Effect.promise(async () => {
        await Promise.all(paths.map((path) => upload(at.storage, path, {}, never)))
        const listed = await readChecksums(at.storage, never)
        expect([...listed.keys()]).toEqual(names)
        expect(namesIn(at)).toEqual([...names, "packages.checksum"])
      })
    }),
  )

  it.live("are uploaded although an uploader died with the lock, and his file is removed", () =>
    Effect.gen(function* () {
      const at = yield* place
      // No process has had this number at this time.
      const dead = ownerPrefix().replace(/^\d+\.\d+/, `${process.pid}.1`)
      writeFileSync(join(at.directory, ".packages.checksum.lock"), `${dead}x`)
      writeFileSync(join(at.directory, `.upload-${dead}x`), "half")
      writeFileSync(join(at.directory, `.upload-${ownerPrefix()}x`), "under way")
      const path = yield* fileOf("new", "new")
      yield* Effect.promise(() => upload(at.storage, path, {}, never))
      expect(namesIn(at)).toEqual([`.upload-${ownerPrefix()}x`, "new", "packages.checksum"])
    }),
  )

  it.live("that cannot be packages are refused", () =>
    Effect.gen(function* () {
      const { storage } = yield* place
      const directory = yield* temporaryDirectory
      yield* Effect.promise(async () => {
        for (const [path, message] of [
          [directory, /it is not a file; pack it \(tar -cjf /],
          [join(directory, "nothing"), /no such file/],
          [join(directory, ".hidden"), /expected a name/],
          [join(directory, "packages.checksum"), /expected a name/],
        ] as const) {
          await expect(upload(storage, path, {}, never)).rejects.toMatchObject({
            _tag: "ConfigurationError",
            message: expect.stringMatching(message),
          })
        }
      })
    }),
  )

  it.live("for which there is too little space are refused before anything is written", () =>
    Effect.gen(function* () {
      const at = yield* place
      const path = yield* fileOf("new", content)
      yield* Effect.promise(async () => {
        await expect(upload(at.storage, path, { keepFree: 1e18 }, never)).rejects.toMatchObject({
          _tag: "InfrastructureError",
          message: expect.stringMatching(
            /expected 3000001 bytes for it and 1\d+ to stay free, found \d+: \d+ bytes are missing/,
          ),
        })
      })
      expect(namesIn(at)).toEqual([])
    }),
  )

  it.live("stay as they were when the upload is interrupted", () =>
    Effect.gen(function* () {
      const at = yield* place
      writeFileSync(join(at.directory, "new"), "before")
      const path = yield* fileOf("new", Buffer.concat(Array.from({ length: 30 }, () => content)))
      yield* Effect.promise(async () => {
        const abort = new AbortController()
        const onProgress = () => abort.abort()
        await expect(upload(at.storage, path, { onProgress }, abort.signal)).rejects.toThrow(
          "aborted",
        )
      })
      expect(namesIn(at)).toEqual(["new"])
      expect(readFileSync(join(at.directory, "new"), "utf8")).toBe("before")
    }),
  )
})

describe("an upload by ssh", () => {
  it.live("says how much is missing where the disk becomes full in the middle", () =>
    Effect.gen(function* () {
      const { server, directory } = yield* sshdWithDisk("2m")
      const storage = yield* overSsh(server, directory)
      const path = yield* fileOf("large", content)
      yield* Effect.promise(async () => {
        const small = await storage.freeBytes()
        expect(small).toBeLessThanOrEqual(2 * 1024 * 1024)
        // As if there had been enough at first: others write to the disk, too.
        let asked = 0
        const freeBytes = async () => (asked++ === 0 ? 1e12 : storage.freeBytes())
        await expect(upload({ ...storage, freeBytes }, path, {}, never)).rejects.toMatchObject({
          _tag: "InfrastructureError",
          message: `${path} cannot be uploaded: the disk there became full: ${content.length} bytes are needed, ${small} are free, ${content.length - (small ?? 0)} are missing; remove packages (dispatch packages remove)`,
        })
        expect(await storage.list()).toEqual([])
      })
    }),
  )

  it.live("that is cut leaves nothing that anybody sees, and the next one cleans up", () =>
    Effect.gen(function* () {
      const server = yield* sshd("Subsystem sftp /usr/lib/openssh/sftp-server")
      const directory = yield* temporaryDirectory
      const path = yield* fileOf("large", Buffer.concat(Array.from({ length: 30 }, () => content)))
      const first = yield* overSsh(server, directory)
      yield* Effect.promise(async () => {
        const onProgress = () => {
          for (const pid of server.sessions()) process.kill(pid, "SIGKILL")
        }
        await expect(upload(first, path, { onProgress }, never)).rejects.toMatchObject({
          _tag: "InfrastructureError",
          message: expect.stringMatching(/large cannot be uploaded: the connection was closed/),
        })
      })
      const [left = "", ...others] = namesIn({ directory })
      expect(left).toMatch(/^\.upload-/)
      expect(others).toEqual([])
      // The process that has begun it, this one, lives on: an hour later it is told by its age.
      const gone = left.replace(ownerPrefix(), ownerPrefix().replace(/\.\d+\./, ".1."))
      const storage = yield* overSsh(server, directory)
      yield* Effect.promise(async () => {
        await storage.rename(left, gone)
        await upload(storage, path, {}, never)
      })
      expect(namesIn({ directory })).toEqual(["large", "packages.checksum"])
      expect(statSync(join(directory, "large")).size).toBe(30 * content.length)
      expect(existsSync(join(directory, left))).toBe(false)
    }),
  )
})
