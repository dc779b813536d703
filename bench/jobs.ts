// Jobs on scripted boards: one from a cold start, many at once, and validation, beside LAVA's dispatcher from Debian.
// Run: node bench/jobs.ts [rounds]      Needs: netcat-openbsd socat; for LAVA root and apt-get
import { execFileSync, spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { loadavg, tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { type Lava, type LavaJob, prepareLava } from "./lava.ts"
import { type BoardPorts, job, labOf, powerCommand, withBoards } from "./scripted-boards.ts"
import { median, timed, type Took } from "./timed.ts"

const rounds = Number(process.argv[2] ?? 15)
const root = fileURLToPath(new URL("..", import.meta.url))
const dist = join(root, "dist")
const node = process.execPath

/** The fastest run, and the one in the middle: other work only ever slows a run. */
const show = (values: ReadonlyArray<number>, unit: string, digits: number): string =>
  `${Math.min(...values).toFixed(digits)} ${unit} (median ${median(values).toFixed(digits)})`

const row = (name: string, ...values: ReadonlyArray<string>) =>
  console.log(`${name.padEnd(44)} ${values.map((value) => value.padEnd(28)).join(" ")}`.trimEnd())

/** Ours in relation to a peer's, by their medians. */
const ratio = (ours: ReadonlyArray<number>, peer: ReadonlyArray<number>): string =>
  `${(median(ours) / median(peer)).toFixed(2)} of LAVA's`

/** A command's wall and CPU time, several times. */
const repeat = async (run: () => Promise<Took>, count = rounds): Promise<ReadonlyArray<Took>> => {
  const all: Array<Took> = []
  for (let round = 0; round < count; round++) all.push(await run())
  return all
}

const times = (name: string, all: ReadonlyArray<Took>, peer: ReadonlyArray<Took> = []) => {
  const wall = all.map((each) => each.wall)
  const cpu = all.map((each) => each.cpu)
  row(name, `wall ${show(wall, "s", 2)}`, `CPU ${show(cpu, "s", 2)}`)
  if (peer.length === 0) return
  const peers = [peer.map((each) => each.wall), peer.map((each) => each.cpu)] as const
  row("", ratio(wall, peers[0]), ratio(cpu, peers[1]))
}

/** What a process of Linux has had of memory at most, in bytes; 0 when it is gone. */
const peakMemory = (pid: number): number => {
  const path = `/proc/${pid}/status`
  const found = existsSync(path) ? /VmHWM:\s*(\d+) kB/.exec(readFileSync(path, "utf8")) : undefined
  return Number(found?.[1] ?? 0) * 1024
}

/**
 * The job as LAVA runs it on a board. By "overlay" it packs the tests and leaves it to the system how it comes by
 * them: this board has them.
 */
const lavaJob = (board: BoardPorts): LavaJob => ({
  job: {
    ...job,
    actions: [{ deploy: { to: "overlay", os: "debian", timeout: { minutes: 1 } } }, ...job.actions],
  },
  connect: `socat -,raw,echo=0 TCP:127.0.0.1:${board.console}`,
  power: (action) => `sh -c '${powerCommand(board, action)}'`,
})

/** LAVA's way with many jobs: a process for each. Answers seconds, and the sum of their peak memories. */
const lavaAtOnce = async (lava: Lava, boards: ReadonlyArray<BoardPorts>) => {
  const began = performance.now()
  const memory = new Map<number, number>()
  const children = boards.map((board, index) => {
    const [program = "", ...words] = lava.command(lavaJob(board), 5000 + index)
    return spawn(program, words, { env: lava.env, stdio: "ignore" })
  })
  const timer = setInterval(() => {
    for (const { pid = 0 } of children) {
      memory.set(pid, Math.max(memory.get(pid) ?? 0, peakMemory(pid)))
    }
  }, 20)
  const codes = await Promise.all(children.map((child) => once(child, "exit")))
  clearInterval(timer)
  if (codes.some(([code]) => code !== 0)) throw new Error("a job of LAVA's failed")
  return {
    wall: (performance.now() - began) / 1000,
    memory: [...memory.values()].reduce((sum, bytes) => sum + bytes, 0) / 1e6,
  }
}

execFileSync(node, [join(root, "node_modules/typescript/bin/tsc"), "-p", "tsconfig.build.json"], {
  cwd: root,
})
const directory = mkdtempSync(join(tmpdir(), "bench-jobs-"))
const lava = prepareLava(join(directory, "lava"))
const env = { ...process.env, XDG_CACHE_HOME: join(directory, "cache") }
const path = (name: string) => join(directory, name)
const options = { cwd: directory, env }
try {
  writeFileSync(path("job.json"), JSON.stringify(job, undefined, 2))
  console.log(`${rounds} runs each; load average ${loadavg()[0]!.toFixed(1)}\n`)

  await withBoards(1, async ([board]) => {
    writeFileSync(path("lab.json"), JSON.stringify(labOf([board!])))
    const commands = { dist: join(dist, "cli.js"), source: join(root, "src/cli.ts") }
    const lavas = (...words: ReadonlyArray<string>) =>
      lava
        ? repeat(() => timed([...lava.command(lavaJob(board!), 4711), ...words], { env: lava.env }))
        : []

    console.log("A job of ten cases on a scripted board, cold start included")
    const peer = await lavas()
    for (const [name, cli] of Object.entries(commands)) {
      const once = () => timed([node, cli, "job.json", "-o", "out"], options)
      times(`lab-dispatch (${name}), the very first run`, await repeat(once, 1))
      times(`lab-dispatch (${name})`, await repeat(once), peer)
    }
    if (lava) times(`LAVA ${lava.version}`, peer)
    times("node that does nothing", await repeat(() => timed([node, "-e", "0"], options)))

    console.log("\nValidation of that job")
    const validated = await lavas("--validate")
    const validate = [node, commands.dist, "validate", "job.json"]
    times("lab-dispatch (dist)", await repeat(() => timed(validate, options)), validated)
    if (lava) times(`LAVA ${lava.version}`, validated)
  })

  await withBoards(200, async (boards) => {
    writeFileSync(path("lab.json"), JSON.stringify(labOf(boards)))
    const program = join(import.meta.dirname, "many-jobs.js")
    const few = Math.ceil(rounds / 3)
    const atOnce = (count: number, ...flags: ReadonlyArray<string>) => {
      const command = [node, ...flags, program, dist, "lab.json", "job.json", "out", String(count)]
      return repeat(() => timed(command, options), few)
    }
    const memories = (all: ReadonlyArray<Took>) => all.map(({ output }) => Number(output) / 1e6)

    console.log("\nJobs at once, start of the process included")
    const peer: Array<Awaited<ReturnType<typeof lavaAtOnce>>> = []
    for (let round = 0; round < few; round++) {
      if (lava) peer.push(await lavaAtOnce(lava, boards.slice(0, 20)))
    }
    const semiSpace = "--max-semi-space-size=4"
    const twenty = await atOnce(20)
    for (const [name, all] of [
      ["lab-dispatch, 20 jobs in one process", twenty],
      [`the same, node ${semiSpace}`, await atOnce(20, semiSpace)],
    ] as const) {
      times(name, all)
      const memory = memories(all)
      const wall = all.map((each) => each.wall)
      row(
        "",
        ...(lava
          ? [
              ratio(
                wall,
                peer.map((each) => each.wall),
              ),
            ]
          : []),
      )
      row(
        "",
        `memory ${show(memory, "MB", 0)}`,
        ...(lava
          ? [
              ratio(
                memory,
                peer.map((each) => each.memory),
              ),
            ]
          : []),
      )
    }
    if (lava) {
      row(
        `LAVA ${lava.version}, 20 processes`,
        `wall ${show(
          peer.map((each) => each.wall),
          "s",
          2,
        )}`,
      )
      row(
        "",
        `memory ${show(
          peer.map((each) => each.memory),
          "MB",
          0,
        )}`,
      )
    }
    const most = await atOnce(200)
    times("lab-dispatch, 200 jobs in one process", most)
    row("", `memory ${show(memories(most), "MB", 0)}`)
    const further = (median(memories(most)) - median(memories(twenty))) / 180
    row("each of the 180 further jobs", `memory ${further.toFixed(2)} MB`)
  })
} finally {
  lava?.close()
  rmSync(directory, { recursive: true })
}
