import { execFile } from "node:child_process"
import { promisify } from "node:util"

/** What a command took, in seconds; `cpu` is its own and that of what it started. */
export interface Took {
  readonly wall: number
  readonly cpu: number
  readonly output: string
}

const run = promisify(execFile)

/** Runs a command that must succeed, timed by bash. */
export const timed = async (
  command: ReadonlyArray<string>,
  options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<Took> => {
  const script = `TIMEFORMAT='%R %U %S'; { time "$@" 2>&3; } 3>&1`
  const { stdout, stderr } = await run("bash", ["-c", script, "bash", ...command], {
    maxBuffer: 2 ** 28,
    ...options,
  })
  const [wall = 0, user = 0, system = 0] = stderr.trim().split(" ").map(Number)
  return { wall, cpu: user + system, output: stdout }
}

export const median = (values: ReadonlyArray<number>): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!
