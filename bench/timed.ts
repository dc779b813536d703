import { execFile } from "node:child_process"
import { promisify } from "node:util"

/** What runs of a command took: seconds of wall and CPU time (its own and that of what it started), and MB of memory. */
export interface Taken {
  readonly wall: ReadonlyArray<number>
  readonly cpu?: ReadonlyArray<number>
  readonly memory?: ReadonlyArray<number>
}

export interface TimedOptions {
  readonly cwd?: string
  readonly env?: NodeJS.ProcessEnv
}

const run = promisify(execFile)

/** Runs a command that must succeed, timed by bash. */
export const timed = async (command: ReadonlyArray<string>, options: TimedOptions = {}) => {
  const script = `TIMEFORMAT='%R %U %S'; { time "$@" 2>&3; } 3>&1`
  const { stdout, stderr } = await run("bash", ["-c", script, "bash", ...command], {
    maxBuffer: 2 ** 28,
    ...options,
  })
  const [wall = 0, user = 0, system = 0] = stderr.trim().split(" ").map(Number)
  return { wall, cpu: user + system, output: stdout }
}

/** Runs a command several times. What it prints last, where it is a number, is its peak memory in bytes. */
export const repeated = async (
  count: number,
  command: ReadonlyArray<string>,
  options: TimedOptions = {},
): Promise<Taken> => {
  const all: Array<Awaited<ReturnType<typeof timed>>> = []
  while (all.length < count) all.push(await timed(command, options))
  const memory = all.map(({ output }) => Number(output.trim().split("\n").at(-1)) / 1e6)
  return {
    wall: all.map(({ wall }) => wall),
    cpu: all.map(({ cpu }) => cpu),
    ...(memory.every((each) => each > 0) && { memory }),
  }
}

export const median = (values: ReadonlyArray<number>): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!

/** The best run, and the one in the middle: other work only ever slows a run. */
const show = (values: ReadonlyArray<number>, unit: string, digits: number): string =>
  `${Math.min(...values).toFixed(digits)} ${unit} (median ${median(values).toFixed(digits)})`

const columns = [
  ["wall", "s", 2],
  ["cpu", "s", 2],
  ["memory", "MB", 0],
] as const

/** Prints what something took, and the medians in relation to a peer's. */
export const print = (name: string, taken: Taken, peer?: Taken): void => {
  const texts = columns.map(([column, unit, digits]) => {
    const own = taken[column]
    const other = peer?.[column]
    if (!own) return ""
    const ratio = other ? `, ${(median(own) / median(other)).toFixed(2)} x` : ""
    return `${column} ${show(own, unit, digits)}${ratio}`
  })
  console.log(`${name.padEnd(47)} ${texts.map((text) => text.padEnd(37)).join(" ")}`.trimEnd())
}
