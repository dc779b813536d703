import { createServer } from "node:net"
import { once } from "node:events"
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import { describe, expect } from "vitest"
import { type NfsHost, nfsExport } from "../../../../src/core/net/nfs/nfs-export.ts"
import { hostNetwork } from "../../../../src/core/net/network.ts"
import { makeSegment } from "../../../../src/core/net/segment/segment.ts"
import { readSubnet } from "../../../../src/core/net/segment/subnet.ts"
import { DispatcherSettings } from "../../../../src/core/net/settings.ts"
import { skipped } from "../../../namespaces.ts"
import { run } from "../run.ts"

const host = { bind: "127.0.0.1", address: "127.0.0.1", network: hostNetwork }

const temporaryDirectory = Effect.acquireRelease(
  Effect.promise(() => mkdtemp(join(tmpdir(), "lab-dispatch-test-"))),
  (path) => Effect.promise(() => rm(path, { recursive: true, force: true })),
)

const exported = (nfs: object = {}, from?: string, at: NfsHost = host) =>
  Effect.gen(function* () {
    const jobDirectory = yield* temporaryDirectory
    const { nfs: settings } = DispatcherSettings.parse({ nfs })
    return yield* nfsExport(settings, at, {
      id: "1",
      jobDirectory,
      ...(from !== undefined && { from }),
    })
  })

/** What libnfs's client gets: its output, or what it says. */
const cat = (path: string, options: string, { address, network }: NfsHost = host) =>
  Effect.promise(async () => {
    const port = /port=(\d+)/.exec(options)?.[1]
    const url = `nfs://${address}${path}?version=4&nfsport=${port}&uid=0&gid=0`
    const [program = "", ...words] = network.inside(["nfs-cat", url])
    const { code, stdout, stderr } = await run(program, words)
    return code === 0 ? stdout.toString() : stderr
  })

const isRoot = process.geteuid?.() === 0

describe.skipIf(!isRoot || skipped !== "")(
  `a directory that nfs-ganesha exports in a network segment, as root${skipped}`,
  () => {
    it.live("is served there", () =>
      Effect.gen(function* () {
        const subnet = readSubnet("10.77.0.1/24")!
        const plan = { subnet, dhcp: "none", tftpPort: 69, members: [] } as const
        const network = yield* makeSegment(plan, yield* temporaryDirectory, () => {})
        const there = { bind: subnet.address, address: subnet.address, network }
        const { directory, path, options } = yield* exported({}, undefined, there)
        yield* Effect.promise(() => writeFile(join(directory, "file"), "for the device"))
        expect(yield* cat(`${path}/file`, options, there)).toBe("for the device")
      }).pipe(Effect.scoped),
    )
  },
)

// It opens files by their handles.
describe.skipIf(!isRoot)("a directory that nfs-ganesha exports, as root", () => {
  it.live("is served until its Scope closes, and to the device alone", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const { directory, path, options } = yield* Scope.provide(exported({}, "127.0.0.1"), scope)
      yield* Effect.promise(() => writeFile(join(directory, "file"), "for the device"))
      expect(yield* cat(`${path}/file`, options)).toBe("for the device")
      const other = yield* exported({}, "127.0.0.2")
      yield* Effect.promise(() => writeFile(join(other.directory, "file"), "for another"))
      expect(yield* cat(`${other.path}/file`, other.options)).not.toContain("for another")
      yield* Scope.close(scope, Exit.void)
      expect(yield* cat(`${path}/file`, options)).toMatch(/failed|refused/i)
    }).pipe(Effect.scoped),
  )

  it.live("takes the next port of its range where another program has the first", () =>
    Effect.gen(function* () {
      const first = 23_049
      const other = createServer().listen(first, "0.0.0.0")
      yield* Effect.promise(() => once(other, "listening"))
      yield* Effect.addFinalizer(() => Effect.sync(() => other.close()))
      const { options } = yield* exported({ port: `${first}-${first + 1}` })
      expect(options).toContain(`port=${first + 1}`)
      const none = yield* Effect.flip(exported({ port: first }))
      expect(none.message).toMatch(/does not start: .*bind.*"dispatcher\.nfs"/i)
    }).pipe(Effect.scoped),
  )

  it.live("says when its server has ended before its time", () =>
    Effect.gen(function* () {
      const { broken, directory } = yield* exported()
      const { stdout } = yield* Effect.promise(() => run("pgrep", ["-f", join(directory, "..")]))
      process.kill(Number(stdout.toString().trim()), "SIGKILL")
      expect((yield* Effect.flip(broken)).message).toMatch(
        /NFS server .* is gone: ganesha\.nfsd ended with SIGKILL/,
      )
    }).pipe(Effect.scoped),
  )
})

describe("a directory that the lab exports", () => {
  it.live("has a place of the job's own in it, gone with the Scope", () =>
    Effect.gen(function* () {
      const parent = yield* temporaryDirectory
      const scope = yield* Scope.make()
      const { directory, server, path, options } = yield* Scope.provide(
        exported({ directory: parent, export: "/srv/nfs", server: "10.0.0.1", options: "vers=3" }),
        scope,
      )
      expect({ server, options }).toEqual({ server: "10.0.0.1", options: "vers=3" })
      const [own = ""] = yield* Effect.promise(() => readdir(parent))
      expect(directory).toBe(join(parent, own, "nfsroot"))
      expect(path).toBe(join("/srv/nfs", own, "nfsroot"))
      const { mode } = yield* Effect.promise(() => stat(directory))
      expect(mode & 0o777).toBe(0o755)
      yield* Effect.promise(() => mkdir(join(directory, "etc")))
      yield* Scope.close(scope, Exit.void)
      expect(yield* Effect.promise(() => readdir(parent))).toEqual([])
    }).pipe(Effect.scoped),
  )

  it.live("is the lab's to make", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(exported({ export: "/no/such/directory" }))
      expect(error.message).toMatch(
        /the directory for the NFS root in \/no\/such\/directory cannot be made: ENOENT/,
      )
    }).pipe(Effect.scoped),
  )

  it("has a server and options only where it is named", () => {
    const result = DispatcherSettings.safeParse({ nfs: { server: "10.0.0.1" } })
    expect(result.error?.issues[0]).toMatchObject({
      path: ["nfs", "server"],
      message: "is about an NFS server of the lab: give its `export`, too",
    })
  })
})
