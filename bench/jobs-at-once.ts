import { spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import type { Lava } from "./lava.ts"
import { type BoardPorts, job, labOf, lavaJob, withBoards } from "./scripted-boards.ts"
import { median, print, repeated, type Taken } from "./timed.ts"

/** Keeps node's young generation small, which else grows with what many jobs throw away. */
const semiSpace = "--max-semi-space-size=4"

/** 20 jobs at once in one process, beside 20 processes of LAVA's; and 200. */
export const measureMany = async (
  root: string,
  directory: string,
  lava: Lava | undefined,
  rounds: number,
): Promise<void> =>
  withBoards(200, async (boards) => {
    writeFileSync(join(directory, "job.json"), JSON.stringify(job))
    const program = [join(import.meta.dirname, "at-once.js"), join(root, "dist")]
    const ours = (count: number, ...flags: ReadonlyArray<string>) => {
      writeFileSync(join(directory, "lab.json"), JSON.stringify(labOf(boards.slice(0, count))))
      const files = ["lab.json", "job.json", "out"]
      return repeated(rounds, [process.execPath, ...flags, ...program, ...files], {
        cwd: directory,
      })
    }

    console.log("\nJobs at once, start of the process included")
    const peer = lava && (await lavaRounds(lava, boards.slice(0, 20), rounds))
    if (lava && peer) print(`LAVA ${lava.version}, 20 processes`, peer)
    const twenty = await ours(20)
    print("lab-dispatch, 20 jobs in one process", twenty, peer)
    print(`the same, node ${semiSpace}`, await ours(20, semiSpace), peer)
    const most = await ours(200)
    print("lab-dispatch, 200 jobs in one process", most)
    const further = (median(most.memory!) - median(twenty.memory!)) / 180
    console.log(`each of the 180 further jobs: ${further.toFixed(2)} MB`)
  })

/** Undefined where all rounds had a job that failed. */
const lavaRounds = async (
  lava: Lava,
  boards: ReadonlyArray<BoardPorts>,
  rounds: number,
): Promise<Taken | undefined> => {
  const all: Array<{ readonly wall: number; readonly memory: number }> = []
  let failed = 0
  while (all.length < rounds && failed < rounds) {
    const took = await lavaAtOnce(lava, boards)
    if (took) all.push(took)
    else failed++
  }
  if (failed > 0) console.log(`(${failed} rounds in which a job of LAVA's failed are not counted)`)
  return all.length === 0
    ? undefined
    : { wall: all.map(({ wall }) => wall), memory: all.map(({ memory }) => memory) }
}

/**
 * LAVA's way with many jobs: a process for each. Answers seconds, and the sum of their peak memories in MB; undefined
 * where a job failed: LAVA may switch on a board before it listens to it, and these boards boot at once.
 */
const lavaAtOnce = async (lava: Lava, boards: ReadonlyArray<BoardPorts>) => {
  const commands = boards.map((board, index) => lava.command(lavaJob(board), 5000 + index))
  const began = performance.now()
  const memory = new Map<number, number>()
  const children = commands.map(([program = "", ...words]) =>
    spawn(program, words, { env: lava.env, stdio: "ignore" }),
  )
  const timer = setInterval(() => {
    for (const { pid = 0 } of children) {
      memory.set(pid, Math.max(memory.get(pid) ?? 0, peakMemory(pid)))
    }
  }, 100)
  const codes = await Promise.all(children.map((child) => once(child, "exit")))
  clearInterval(timer)
  if (codes.some(([code]) => code !== 0)) return undefined
  return {
    wall: (performance.now() - began) / 1000,
    memory: [...memory.values()].reduce((sum, each) => sum + each, 0),
  }
}

/** What a process has had of memory at most, in MB; 0 when it is gone. */
const peakMemory = (pid: number): number => {
  const path = `/proc/${pid}/status`
  const found = existsSync(path) ? /VmHWM:\s*(\d+) kB/.exec(readFileSync(path, "utf8")) : undefined
  return (Number(found?.[1] ?? 0) * 1024) / 1e6
}
