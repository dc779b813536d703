/**
 * Console: throughput over TCP with recording and fail patterns on, and the round trip of a command
 * over a PTY, beside pexpect (as LAVA sets it) and expect, in one run.
 *
 *   node bench/console.ts        needs: socat python3-pexpect expect bash
 */
import { execFile, spawn } from "node:child_process"
import { existsSync } from "node:fs"
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import path from "node:path"
import { promisify } from "node:util"
import * as Effect from "effect/Effect"
import { type Console, openConsole } from "../src/core/console/console.ts"
import { openSerial } from "../src/core/console/serial.ts"
import { makeShell } from "../src/core/console/shell.ts"
import { openTcp } from "../src/core/console/tcp.ts"

const megabytes = 128
/** Each throughput is measured so often, and the best taken. */
const rounds = 3
const commands = 1000
const line = "[   12.345678] usb 1-1: new high-speed USB device number 2 using xhci_hcd\r\n"
const end = "board login: "

/** A process that sends a boot log of some megabytes to whoever connects, in chunks, and then a prompt. */
const sender = `
  const chunk = Buffer.from(${JSON.stringify(line)}.repeat(Math.ceil(65536 / ${line.length})))
  require("net").createServer((socket) => {
    let left = Math.ceil(${megabytes}e6 / chunk.length)
    const more = () => {
      while (left-- > 0) if (!socket.write(chunk)) return socket.once("drain", more)
      socket.end(${JSON.stringify(end)})
    }
    socket.on("error", () => {})
    more()
  }).listen(0, "127.0.0.1", function () { console.log(this.address().port) })`

/**
 * LAVA's settings: a program that connects, behind a PTY; UTF-8; reads of 2000 characters; a search
 * window of 4000; the patterns of its boot. Its log is a plain file here, which is less than LAVA does.
 */
const pexpectThroughput = `
import pexpect, sys, time
patterns = [r"-+\\[ cut here \\]-+", r"Unhandled fault", r"BUG: KCSAN", r"BUG: KASAN", r"BUG: KFENCE",
  r"Oops(?: -|:)", r"WARNING:", r"(kernel BUG at|BUG:)", r"invalid opcode:", r"Kernel panic - not syncing",
  r"U-Boot SPL 20\\d\\d", r"login: "]
log = open(sys.argv[2], "w")
t = time.time()
c = pexpect.spawn("socat - TCP:127.0.0.1:" + sys.argv[1], timeout=600, maxread=2000,
  searchwindowsize=4000, encoding="utf-8", codec_errors="replace", logfile=log)
while c.expect(patterns) != len(patterns) - 1: pass
print(time.time() - t)`

const pexpectRoundTrip = `
import os, pexpect.fdpexpect, statistics, sys, time, tty
fd = os.open(sys.argv[1], os.O_RDWR | os.O_NOCTTY); tty.setraw(fd)
c = pexpect.fdpexpect.fdspawn(fd, timeout=10)
c.delaybeforesend = None
c.send("\\r"); c.expect("# "); time.sleep(.3)
c.send("PS1='[rc=$? x]# '\\r"); c.expect(r"\\[rc=\\d+ x\\]# "); time.sleep(.3)
times = []
for i in range(int(sys.argv[2])):
    t = time.perf_counter(); c.send("echo hello\\r"); c.expect(r"\\[rc=(\\d+) x\\]# ")
    times.append(time.perf_counter() - t)
print(statistics.median(times))`

const expectRoundTrip = `
log_user 0
set timeout 10
set pty [open [lindex $argv 0] r+]
fconfigure $pty -translation binary -buffering none -blocking 0
stty raw -echo < [lindex $argv 0]
spawn -open $pty
send "\\r"; expect "# "; after 300
send "PS1='\\[rc=$? x\\]# '\\r"; expect -re {\\[rc=\\d+ x\\]# }; after 300
set times {}
for {set i 0} {$i < [lindex $argv 1]} {incr i} {
  set t [clock microseconds]
  send "echo hello\\r"
  expect -re {\\[rc=(\\d+) x\\]# }
  lappend times [expr {[clock microseconds] - $t}]
}
puts [expr {[lindex [lsort -integer $times] [expr {[llength $times] / 2}]] / 1e6}]`

const run = promisify(execFile)
const output = async (program: string, ...words: ReadonlyArray<string>): Promise<number> =>
  Number((await run(program, words)).stdout.trim().split("\n").at(-1))

const median = (values: ReadonlyArray<number>): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!

const best = async (measure: () => Promise<number>): Promise<number> => {
  const values: Array<number> = []
  for (let round = 0; round < rounds; round++) values.push(await measure())
  return Math.min(...values)
}

/** Reads the whole log as a job would: recorded, looked at for failures, waiting for the login. */
const throughput = (port: number, directory: string, watched: boolean) =>
  Effect.scoped(
    Effect.gen(function* () {
      const started = performance.now()
      const console = yield* openConsole({
        name: "bench",
        transport: openTcp({ host: "127.0.0.1", port }),
        record: { directory },
      })
      let lines = 0
      if (watched) console.onLines((some) => (lines += some.lines.length))
      yield* console.expect({
        patterns: [{ name: "login", pattern: "login: " }],
        what: "the end of the log",
        timeoutSeconds: 600,
      })
      return (performance.now() - started) / 1000
    }),
  )

/** The bytes alone, read in this process and thrown away: what Node's sockets give. */
const rawRead = async (port: number): Promise<number> => {
  const { connect } = await import("node:net")
  const started = performance.now()
  await new Promise<void>((resolve) => {
    connect(port, "127.0.0.1")
      .on("data", () => {})
      .on("end", resolve)
  })
  return (performance.now() - started) / 1000
}

/** A command and its status, from the call to its answer, with the echo checked. */
const roundTrip = (pty: string) =>
  Effect.scoped(
    Effect.gen(function* () {
      const console: Console = yield* openConsole({
        name: "bench",
        transport: openSerial({ path: pty, baud: 115200 }),
      })
      const prompts = [{ name: "prompt", pattern: "# " }]
      yield* console.send("\r")
      yield* console.expect({ patterns: prompts, what: "the prompt", timeoutSeconds: 10 })
      yield* console.drain({ quietMs: 300, timeoutSeconds: 5 })
      yield* console.send("\r")
      yield* console.expect({ patterns: prompts, what: "the prompt", timeoutSeconds: 10 })
      const shell = yield* makeShell(console, prompts)
      const times: Array<number> = []
      for (let count = 0; count < commands; count++) {
        const started = performance.now()
        yield* shell.run("echo hello", { timeoutSeconds: 10 })
        times.push((performance.now() - started) / 1000)
      }
      return median(times)
    }),
  )

/** Runs a shell behind a PTY for as long as `use` takes. */
const withPty = async <A>(directory: string, use: (path: string) => Promise<A>): Promise<A> => {
  const link = path.join(directory, "pty")
  await rm(link, { force: true })
  const shell = "SYSTEM:TERM=vt100 exec bash --norc --noprofile -i,pty,setsid,ctty,stderr,sane"
  const socat = spawn("socat", [`PTY,link=${link},raw,echo=0`, shell], { stdio: "ignore" })
  while (!existsSync(link)) await new Promise((resolve) => setTimeout(resolve, 20))
  try {
    return await use(link)
  } finally {
    socat.kill()
  }
}

const row = (name: string, value: string, ratio: number) =>
  console.log(`${name.padEnd(52)} ${value.padStart(12)} ${`${ratio.toFixed(2)} x`.padStart(10)}`)

const directory = await mkdtemp(path.join(tmpdir(), "console-bench-"))
try {
  const server = spawn(process.execPath, ["-e", sender], { stdio: ["ignore", "pipe", "inherit"] })
  const port = Number(await new Promise<Buffer>((resolve) => server.stdout.once("data", resolve)))
  const script = async (name: string, text: string) => {
    const file = path.join(directory, name)
    await writeFile(file, text)
    return file
  }
  const recording = path.join(directory, "bench.log")
  const log = path.join(directory, "pexpect.log")
  const python = await script("throughput.py", pexpectThroughput)
  const raw = await best(() => rawRead(port))
  const ours = await best(() => Effect.runPromise(throughput(port, directory, false)))
  const watched = await best(() => Effect.runPromise(throughput(port, directory, true)))
  const recorded = (await stat(recording)).size
  if (!(await readFile(recording)).subarray(-end.length).equals(Buffer.from(end)))
    throw new Error("the recording is not whole")
  const pexpect = await best(() => output("python3", python, `${port}`, log))
  server.kill()

  const speed = (seconds: number) => `${(recorded / 1e6 / seconds).toFixed(0)} MB/s`
  console.log(`throughput over TCP, ${megabytes} MB of kernel log, recorded       ratio to pexpect`)
  row("lab-dispatch", speed(ours), pexpect / ours)
  row("lab-dispatch, each line given to a listener", speed(watched), pexpect / watched)
  row("pexpect with LAVA's settings", speed(pexpect), 1)
  row("raw read in Node, nothing kept", speed(raw), pexpect / raw)

  const fdpexpect = await script("roundtrip.py", pexpectRoundTrip)
  const tcl = await script("roundtrip.exp", expectRoundTrip)
  const times = {
    ours: await withPty(directory, (pty) => Effect.runPromise(roundTrip(pty))),
    pexpect: await withPty(directory, (pty) => output("python3", fdpexpect, pty, `${commands}`)),
    expect: await withPty(directory, (pty) => output("expect", tcl, pty, `${commands}`)),
  }
  const ms = (seconds: number) => `${(seconds * 1000).toFixed(3)} ms`
  console.log(`\nround trip of a command on bash over a PTY, median      ratio to pexpect`)
  row("lab-dispatch, echo checked before Enter", ms(times.ours), times.ours / times.pexpect)
  row("pexpect without its delay, echo not checked", ms(times.pexpect), 1)
  row("expect, echo not checked", ms(times.expect), times.expect / times.pexpect)
} finally {
  await rm(directory, { recursive: true, force: true })
}
