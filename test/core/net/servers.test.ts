import { createSocket } from "node:dgram"
import { once } from "node:events"
import { readFile } from "node:fs/promises"
import { createServer } from "node:net"
import { join } from "node:path"
import { it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import { describe, expect } from "vitest"
import { DeviceServers } from "../../../src/core/net/servers.ts"
import { DispatcherSettings } from "../../../src/core/net/settings.ts"
import type { TransferRecord } from "../../../src/core/net/transfer-record.ts"
import { output, run } from "./run.ts"
import { randomFile, temporaryDirectory } from "./serve.ts"

const local = (settings: object = {}) =>
  DispatcherSettings.parse({ address: "127.0.0.1", tftp: { port: 0 }, ...settings })

const provided = <A, E>(
  effect: Effect.Effect<A, E, DeviceServers | Scope.Scope>,
  settings: object = {},
  onTransfer?: (record: TransferRecord) => void,
) => effect.pipe(Effect.scoped, Effect.provide(DeviceServers.layer(local(settings), onTransfer)))

const curl = (url: string) => Effect.promise(() => output("curl", ["-sSf", "--max-time", "9", url]))

/** A port that is taken by another program, until it is freed. */
const taken = (kind: "tcp" | "udp") =>
  Effect.acquireRelease(
    Effect.promise(async () => {
      const other = kind === "udp" ? createSocket("udp4") : createServer()
      if ("bind" in other) other.bind(0)
      else other.listen(0, "0.0.0.0")
      await once(other, "listening")
      const { port } = other.address() as { port: number }
      const closed = once(other, "close")
      let open = true
      const free = async () => {
        if (open) other.close()
        open = false
        await closed
      }
      return { port, free }
    }),
    ({ free }) => Effect.promise(free),
  )

describe("publish", () => {
  it.live("serves over TFTP and HTTP until the job's Scope closes, to each job its own", () => {
    const records: Array<TransferRecord> = []
    const watched: Array<TransferRecord> = []
    return provided(
      Effect.gen(function* () {
        const servers = yield* DeviceServers
        const [one, two] = [yield* Scope.make(), yield* Scope.make()]
        const published = (scope: Scope.Scope, mac: string, text: string, watch?: object) =>
          servers
            .publish({
              ...watch,
              mac,
              files: { vmlinuz: { text } },
              pxe: { kernel: "vmlinuz", commandLine: "" },
            })
            .pipe(Scope.provide(scope))
        const first = yield* published(one, "52:54:00:00:00:01", "ONE")
        const second = yield* published(two, "52:54:00:00:00:02", "TWO", {
          onTransfer: (record: TransferRecord) => watched.push(record),
        })
        expect(second.tftpPort).toBe(first.tftpPort)

        const tftp = `tftp://127.0.0.1:${first.tftpPort}`
        const http = `http://127.0.0.1:${first.httpPort}`
        for (const origin of [tftp, http]) {
          expect(String(yield* curl(`${origin}/${first.path("vmlinuz")}`))).toBe("ONE")
          expect(String(yield* curl(`${origin}/${second.path("vmlinuz")}`))).toBe("TWO")
          const config = yield* curl(`${origin}/pxelinux.cfg/01-52-54-00-00-00-02`)
          expect(String(config)).toContain(second.path("vmlinuz"))
        }
        yield* Scope.close(one, Exit.void)
        const gone = ["-sSf", `${tftp}/${first.path("vmlinuz")}`]
        expect(yield* Effect.promise(() => run("curl", gone))).toMatchObject({ code: 68 })
        expect(String(yield* curl(`${tftp}/${second.path("vmlinuz")}`))).toBe("TWO")
        yield* Scope.close(two, Exit.void)
        // The second job watched its own; the first did not care; after it, nobody did.
        expect(watched.map(({ file }) => file)).toContain(second.path("vmlinuz"))
        expect(records.filter((record) => watched.includes(record))).toEqual([])
        expect(records.map(({ outcome }) => outcome)).toContain("refused")
      }),
      {},
      (record) => records.push(record),
    )
  })

  it.effect("fails if a file is missing, and publishes nothing", () =>
    provided(
      Effect.gen(function* () {
        const servers = yield* DeviceServers
        const error = yield* Effect.flip(
          servers.publish({ files: { f: { path: "/nonexistent" } } }),
        )
        expect(error).toMatchObject({ _tag: "ConfigurationError" })
        expect(error.message).toContain("/nonexistent")
      }),
    ),
  )
})

describe("exchange of single files", () => {
  it.live("offers by HTTP and netcat", () =>
    provided(
      Effect.gen(function* () {
        const servers = yield* DeviceServers
        const { path, bytes } = yield* Effect.promise(() => randomFile(2_000_000))
        const progress: Array<number> = []
        const onProgress = (event: { readonly bytes: number }) => void progress.push(event.bytes)
        const { url } = yield* servers.offerHttp({ path }, { name: "rootfs.tar.gz", onProgress })
        expect((yield* curl(url)).equals(bytes)).toBe(true)
        expect(progress.at(-1)).toBe(2_000_000)

        const { port, sent } = yield* servers.offerNetcat({ path }, { onProgress })
        const nc = () => output("sh", ["-c", `busybox nc 127.0.0.1 ${port} < /dev/null`])
        expect((yield* Effect.promise(nc)).equals(bytes)).toBe(true)
        expect(yield* sent(5)).toMatchObject({ bytes: 2_000_000 })
      }),
    ),
  )

  it.live("accepts by HTTP and netcat", () =>
    provided(
      Effect.gen(function* () {
        const servers = yield* DeviceServers
        const { path: theirs, bytes } = yield* Effect.promise(() => randomFile(2_000_000))
        const directory = yield* Effect.promise(temporaryDirectory)
        for (const method of ["http", "netcat"] as const) {
          const path = join(directory, method)
          const file = yield* servers.acceptFile(method, { path, maxBytes: 2_000_000 })
          const send =
            method === "http"
              ? `curl -sSf -T ${theirs} http://127.0.0.1:${file.port}${file.urlPath}`
              : `busybox nc 127.0.0.1 ${file.port} < ${theirs}`
          yield* Effect.promise(() => output("sh", ["-c", send]))
          expect(yield* file.received(5)).toMatchObject({ path, size: 2_000_000 })
          expect((yield* Effect.promise(() => readFile(path))).equals(bytes)).toBe(true)
        }
      }),
    ),
  )

  it.live("says what went wrong with a file", () =>
    provided(
      Effect.gen(function* () {
        const servers = yield* DeviceServers
        const path = join(yield* Effect.promise(temporaryDirectory), "initrd.img")
        const file = yield* servers.acceptFile("http", { path, maxBytes: 10 })
        const url = `http://127.0.0.1:${file.port}${file.urlPath}`
        yield* Effect.promise(() => fetch(url, { method: "PUT", body: "more than ten bytes" }))
        const error = yield* Effect.flip(file.received(5))
        expect(error.message).toContain("more than the 10 bytes that are allowed")
      }),
    ),
  )
})

describe.each(["http", "netcat"] as const)("%s", (method) => {
  it.live("gives up waiting for a file that does not come", () =>
    provided(
      Effect.gen(function* () {
        const servers = yield* DeviceServers
        const path = join(yield* Effect.promise(temporaryDirectory), "initrd.img")
        const file = yield* servers.acceptFile(method, { path, maxBytes: 10 })
        const error = yield* Effect.flip(file.received(0.1))
        expect(error).toMatchObject({ _tag: "InfrastructureError" })
        expect(error.message).toMatch(/initrd\.img.* within 0\.1 s/)
      }),
    ),
  )

  it.live("names a port that is taken", () =>
    Effect.gen(function* () {
      const { port } = yield* taken("tcp")
      yield* provided(
        Effect.gen(function* () {
          const servers = yield* DeviceServers
          const error = yield* Effect.flip(servers.acceptFile(method, { path: "/x", maxBytes: 1 }))
          expect(error.message).toContain(`TCP port ${port} of 0.0.0.0`)
          expect(error.message).toContain(`"dispatcher.${method}.port"`)
        }),
        { [method]: { port } },
      )
    }).pipe(Effect.scoped),
  )
})

describe("ports", () => {
  it.live("that are taken are named, with what to change; the next attempt may succeed", () =>
    Effect.gen(function* () {
      const { port, free } = yield* taken("udp")
      yield* provided(
        Effect.gen(function* () {
          const { publish } = yield* DeviceServers
          const error = yield* Effect.flip(publish({}))
          expect(error).toMatchObject({ _tag: "InfrastructureError" })
          expect(error.message).toBe(
            `The TFTP server cannot listen on UDP port ${port} of 0.0.0.0: another program has it. Stop that program, or set "dispatcher.tftp.port" in the lab file to another port, or to 0 for any.`,
          )
          yield* Effect.promise(free)
          expect(yield* publish({})).toMatchObject({ tftpPort: port })
        }),
        { tftp: { port } },
      )
    }).pipe(
      Effect.catchDefect(() => Effect.void),
      Effect.scoped,
    ),
  )

  it.live("are given back, and none is taken before it is needed", () =>
    Effect.gen(function* () {
      const { port, free } = yield* taken("tcp")
      yield* provided(
        DeviceServers.use(() => Effect.void),
        { http: { port } },
      )
      yield* Effect.promise(free)
      const offer = provided(
        DeviceServers.use((servers) => servers.offerHttp({ text: "x" }, { name: "f" })),
        { http: { port } },
      )
      const { url } = yield* offer
      expect(url).toContain(`http://127.0.0.1:${port}/`)
      expect((yield* offer).url).toContain(`http://127.0.0.1:${port}/`)
    }).pipe(
      Effect.catchDefect(() => Effect.void),
      Effect.scoped,
    ),
  )

  it.live("are shared by jobs that start at once", () =>
    provided(
      Effect.gen(function* () {
        const { publish } = yield* DeviceServers
        const all = yield* Effect.all(
          Array.from({ length: 10 }, () => publish({})),
          { concurrency: "unbounded" },
        )
        expect(new Set(all.map(({ tftpPort }) => tftpPort)).size).toBe(1)
        expect(new Set(all.map(({ token }) => token)).size).toBe(10)
      }),
    ),
  )
})

describe("settings", () => {
  it("have defaults", () => {
    expect(DispatcherSettings.parse({})).toEqual({
      bind: "0.0.0.0",
      tftp: { port: 69 },
      http: { port: 0 },
      netcat: { port: 0 },
      nfs: { port: 0 },
      isolated: { address: "10.77.0.1/24", dhcp: "server" },
    })
  })

  it.each([
    { address: "board.lab" },
    { tftp: { port: 65536 } },
    { netcat: { port: "5009-5000" } },
    { netcat: { port: "5000-70000" } },
    { netcat: { port: "0-5" } },
    { isolated: { address: "10.77.0.0/24" } },
    { isolated: { address: "10.77.0.1" } },
    { ftp: {} },
  ])("are checked: %j", (settings) => {
    expect(DispatcherSettings.safeParse(settings).success).toBe(false)
  })

  it.effect("make an address of the machine's own if none is given", () =>
    Effect.gen(function* () {
      const { address } = yield* DeviceServers
      expect(address).toMatch(/^\d+\.\d+\.\d+\.\d+$/)
    }).pipe(Effect.provide(DeviceServers.layer(DispatcherSettings.parse({})))),
  )
})
