// Root file systems: 200 MB into tar, by HTTP and netcat, beside `nc -l < file`.
// All in memory (/dev/shm): no disk is measured.
// Run: node bench/transfer.ts [rounds]   Needs: apt-get install netcat-openbsd curl busybox gzip zstd tar
import { execFileSync, spawn } from "node:child_process"
import { once } from "node:events"
import { mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs"
import { join } from "node:path"
import { performance } from "node:perf_hooks"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { DeviceServers } from "../src/core/net/servers.ts"
import { DispatcherSettings } from "../src/core/net/settings.ts"

const SIZE = 200_000_000

/** How a root file system is packed, and what unpacks it before tar. */
const packings = {
  plain: { pack: "cat", unpack: "cat" },
  gzip: { pack: "gzip -6", unpack: "gzip -d" },
  zstd: { pack: "zstd -3 -T0", unpack: "zstd -d" },
} as const
type Packing = keyof typeof packings

/** 200 MB of this machine's own libraries and documentation, packed in each way. */
const prepare = (directory: string): void => {
  const list = `find /usr/lib /usr/share -xdev -type f -size -4M -readable 2> /dev/null | sort`
  const tar = `tar -cf - -T - --ignore-failed-read 2> /dev/null | head -c ${SIZE} > plain`
  execFileSync("sh", ["-c", `${list} | ${tar}`], { cwd: directory })
  for (const [name, { pack }] of Object.entries(packings)) {
    if (name !== "plain") {
      execFileSync("sh", ["-c", `${pack} < plain > ${name}`], { cwd: directory, stdio: "ignore" })
    }
  }
}

/** Unpacks what a command writes; answers MB/s of the unpacked bytes. */
const unpack = (fetch: string, packing: Packing, directory: string) =>
  Effect.promise(async () => {
    const target = join(directory, "target")
    mkdirSync(target)
    const { unpack: filter } = packings[packing]
    // The end of the tar is cut off, so tar's own exit status says nothing.
    const pipe = filter === "cat" ? "" : `${filter} |`
    const began = performance.now()
    const command = `${fetch} | ${pipe} tar -xf - -C ${target}`
    await once(spawn("sh", ["-c", command], { stdio: "ignore" }), "exit")
    const rate = SIZE / 1e6 / ((performance.now() - began) / 1000)
    rmSync(target, { recursive: true })
    return rate
  })

type Way = (file: string) => Effect.Effect<string, unknown, DeviceServers | Scope.Scope>

/** Each way to fetch a file: starts serving, and answers the command that writes it to its output. */
const ways: Record<string, Way> = {
  "nc -l": (file) =>
    Effect.promise(async () => {
      spawn("sh", ["-c", `nc.openbsd -N -l 127.0.0.1 7811 < ${file}`], { stdio: "ignore" })
      await new Promise((resolve) => setTimeout(resolve, 200))
      return "nc.openbsd -d 127.0.0.1 7811"
    }),
  "ours, netcat": (file) =>
    Effect.gen(function* () {
      const servers = yield* DeviceServers
      const { port } = yield* servers.offerNetcat({ path: file }, {})
      return `nc.openbsd -d 127.0.0.1 ${port}`
    }),
  "ours, http to curl": (file) =>
    Effect.gen(function* () {
      const servers = yield* DeviceServers
      const { url } = yield* servers.offerHttp({ path: file }, { name: "rootfs" })
      return `curl -s ${url}`
    }),
  "ours, http to busybox wget": (file) =>
    Effect.gen(function* () {
      const servers = yield* DeviceServers
      const { url } = yield* servers.offerHttp({ path: file }, { name: "rootfs" })
      return `busybox wget -q -O - ${url}`
    }),
}

const main = (rounds: number) =>
  Effect.gen(function* () {
    const directory = yield* Effect.acquireRelease(
      Effect.sync(() => mkdtempSync("/dev/shm/bench-transfer-")),
      (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true })),
    )
    prepare(directory)
    for (const packing of Object.keys(packings) as ReadonlyArray<Packing>) {
      const file = join(directory, packing)
      const best = new Map<string, number>()
      for (let round = 0; round < rounds; round++) {
        // In turns, so that whatever else the machine does hits all alike; other work only slows.
        for (const [name, serve] of Object.entries(ways)) {
          const once = Effect.flatMap(serve(file), (command) => unpack(command, packing, directory))
          best.set(name, Math.max(best.get(name) ?? 0, yield* Effect.scoped(once)))
        }
      }
      const peer = best.get("nc -l") ?? Number.NaN
      const size = (statSync(file).size / 1e6).toFixed(0)
      console.log(`${packing} (${size} MB sent, ${SIZE / 1e6} MB unpacked)`)
      for (const [name, rate] of best) {
        console.log(`  ${name}: ${rate.toFixed(0)} MB/s, ${(rate / peer).toFixed(2)} of nc -l`)
      }
    }
  })

const settings = DispatcherSettings.parse({ address: "127.0.0.1", bind: "127.0.0.1" })
await Effect.runPromise(
  main(Number(process.argv[2] ?? 5)).pipe(
    Effect.scoped,
    Effect.provide(DeviceServers.layer(settings)),
  ),
)
