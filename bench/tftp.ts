// TFTP: 64 MB from this project's server and from Debian's, to Debian's atftp, all on one core.
// Run: node bench/tftp.ts [rounds]      Needs: apt-get install atftp util-linux
import { type ChildProcess, spawn } from "node:child_process"
import { randomBytes } from "node:crypto"
import { once } from "node:events"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { performance } from "node:perf_hooks"
import { setTimeout } from "node:timers/promises"
import * as Effect from "effect/Effect"
import { PublishedFiles } from "../src/core/net/published-files.ts"
import { TftpServer } from "../src/core/net/tftp/server.ts"
import { debianProgram } from "./debian-peers.ts"

const CORE = "1"

interface Setting {
  readonly name: string
  readonly options: ReadonlyArray<string>
  readonly clients: number
  /** Size of the file, in MiB. */
  readonly size: number
  /** The servers that honour the options. */
  readonly peers: ReadonlyArray<string>
}

const settings: ReadonlyArray<Setting> = [
  {
    name: "blksize 1428, window 1",
    options: ["blksize 1428"],
    clients: 1,
    size: 64,
    peers: ["dnsmasq", "atftpd", "tftpd-hpa"],
  },
  {
    name: "blksize 1428, window 16",
    options: ["blksize 1428", "windowsize 16"],
    clients: 1,
    size: 64,
    peers: ["atftpd"],
  },
  {
    name: "blksize 65464, window 1",
    options: ["blksize 65464"],
    clients: 1,
    size: 64,
    peers: ["atftpd", "tftpd-hpa"],
  },
  {
    name: "20 clients, blksize 1428, window 1",
    options: ["blksize 1428"],
    clients: 20,
    size: 8,
    peers: ["dnsmasq", "atftpd", "tftpd-hpa"],
  },
  {
    name: "20 clients, blksize 1428, window 16",
    options: ["blksize 1428", "windowsize 16"],
    clients: 20,
    size: 8,
    peers: ["atftpd"],
  },
]

const sizes = [...new Set(settings.map(({ size }) => size))]

/** Serves the files of a directory until it is killed: this project's server, as a process of its own. */
const serve = (directory: string, port: number) =>
  Effect.gen(function* () {
    const files = new PublishedFiles()
    const names = sizes.map((size) => `file-${size}`)
    const { token } = yield* files.publish({
      files: Object.fromEntries(names.map((name) => [name, { path: join(directory, name) }])),
    })
    const lookup: PublishedFiles["lookup"] = (request) =>
      files.lookup({ ...request, path: `${token}/${request.path}` })
    const bind = { bind: "127.0.0.1", port, address: "127.0.0.1" }
    const server = { lookup, observerOf: () => undefined }
    yield* Effect.promise(() => TftpServer.listen({ ...bind, files: server }))
    return yield* Effect.never
  }).pipe(Effect.scoped)

/** The command line of each server, and its port. */
const serversOn = (directory: string): Record<string, { port: number; command: string }> => ({
  ours: {
    port: 7801,
    command: `${process.execPath} ${import.meta.filename} serve ${directory} 7801`,
  },
  dnsmasq: {
    port: 69, // it has no other for TFTP
    command: `${debianProgram("dnsmasq-base", "usr/sbin/dnsmasq")} -d -C /dev/null --port=0 -u root --enable-tftp --tftp-root=${directory} --listen-address=127.0.0.1 --bind-interfaces`,
  },
  atftpd: {
    port: 7802,
    command: `${debianProgram("atftpd", "usr/sbin/atftpd")} --daemon --no-fork --port 7802 --bind-address 127.0.0.1 --user root --group root --maxthread 200 --verbose=0 --logfile ${join(directory, "log")} ${directory}`,
  },
  "tftpd-hpa": {
    port: 7803,
    command: `${debianProgram("tftpd-hpa", "usr/sbin/in.tftpd")} -L -a 127.0.0.1:7803 -u root -s ${directory}`,
  },
})

const onOneCore = (command: ReadonlyArray<string>): ChildProcess =>
  spawn("taskset", ["-c", CORE, ...command], { stdio: "ignore" })

/** Megabytes a second of one run. */
const measure = async (
  port: number,
  { options, clients, size }: Pick<Setting, "options" | "clients" | "size">,
): Promise<number> => {
  const asked = options.flatMap((option) => ["--option", option])
  const command = ["atftp", ...asked, "-g", "-r", `file-${size}`, "-l", "/dev/null", "127.0.0.1"]
  const began = performance.now()
  const codes = await Promise.all(
    Array.from({ length: clients }, () => once(onOneCore([...command, String(port)]), "exit")),
  )
  if (codes.some(([code]) => code !== 0)) return Number.NaN
  return (clients * size * 1048576) / 1e6 / ((performance.now() - began) / 1000)
}

const main = async (rounds: number) => {
  const directory = mkdtempSync(join(tmpdir(), "bench-tftp-"))
  for (const size of sizes) {
    writeFileSync(join(directory, `file-${size}`), randomBytes(size * 1048576), { mode: 0o644 })
  }
  const servers = serversOn(directory)
  const started: Array<ChildProcess> = []
  process.once("exit", () => {
    for (const server of started) server.kill("SIGKILL")
    rmSync(directory, { recursive: true })
  })
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(130))
  for (const { command } of Object.values(servers)) started.push(onOneCore(command.split(" ")))
  const small = { options: [], clients: 1, size: Math.min(...sizes) }
  for (const { port } of Object.values(servers)) {
    while (Number.isNaN(await measure(port, small))) await setTimeout(500)
  }
  for (const setting of settings) {
    const best = new Map<string, number>()
    for (let round = 0; round < rounds; round++) {
      // In turns, so that what else the machine does hits all alike; the best of each counts, since
      // other work only ever slows a run.
      for (const name of ["ours", ...setting.peers]) {
        const rate = await measure(servers[name]?.port ?? 0, setting)
        best.set(name, Math.max(best.get(name) ?? 0, rate))
      }
    }
    const fastest = Math.max(...setting.peers.map((name) => best.get(name) ?? 0))
    const rates = [...best].map(([name, rate]) => `${name} ${rate.toFixed(0)}`).join(", ")
    const ratio = ((best.get("ours") ?? 0) / fastest).toFixed(2)
    console.log(`${setting.name}: ${rates} MB/s; ours is ${ratio} of the fastest peer`)
  }
  process.exit()
}

const [mode, directory = "", port = "0"] = process.argv.slice(2)
if (mode === "serve") await Effect.runPromise(serve(directory, Number(port)))
else await main(Number(mode ?? 5))
