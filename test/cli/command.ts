import { type ChildProcess, spawn } from "node:child_process"
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterEach } from "vitest"

/** The command's source. */
export const cli = fileURLToPath(new URL("../../src/cli.ts", import.meta.url))

/** How a command ended. */
export interface Ended {
  /** Exit code, or the signal that ended it. */
  readonly code: number | NodeJS.Signals
  readonly stdout: string
  readonly stderr: string
}

/** A command that runs. */
export interface Running {
  readonly child: ChildProcess
  readonly ended: Promise<Ended>
  /** What it has written to standard output so far. */
  readonly stdout: () => string
  /** Waits until standard output has this. */
  readonly sees: (text: string | RegExp) => Promise<void>
}

/** How to start a command. */
export interface StartOptions {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
}

const running = new Set<ChildProcess>()
const directories: Array<string> = []
afterEach(() => {
  for (const child of running) child.kill("SIGKILL")
  running.clear()
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true })
})

/** A directory with these files, gone after the test. */
export const directoryWith = (files: Readonly<Record<string, string | object>> = {}): string => {
  const directory = mkdtempSync(join(tmpdir(), "lab-dispatch-cli-"))
  directories.push(directory)
  writeFiles(directory, files)
  return directory
}

/** Writes files by their names: a text as it is, anything else as JSON. */
export const writeFiles = (
  directory: string,
  files: Readonly<Record<string, string | object>>,
): void => {
  for (const [name, content] of Object.entries(files)) {
    const path = join(directory, name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content, null, 2))
  }
}

/** Starts a program. */
export const start = (
  program: string,
  args: ReadonlyArray<string>,
  { cwd = tmpdir(), env = {} }: StartOptions = {},
): Running => {
  const child = spawn(program, args, {
    cwd,
    env: { ...process.env, LAB_DISPATCH_LAB: "", NO_COLOR: "1", ...env },
    stdio: ["pipe", "pipe", "pipe"],
  })
  running.add(child)
  let stdout = ""
  let stderr = ""
  let look = () => {}
  child.stdin.on("error", () => {})
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text
    look()
  })
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text))
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once("error", reject)
    child.once("close", (code, signal) => {
      running.delete(child)
      look()
      resolve({ code: code ?? signal ?? 0, stdout, stderr })
    })
  })
  const sees = (text: string | RegExp) =>
    new Promise<void>((resolve, reject) => {
      look = () => {
        if (typeof text === "string" ? stdout.includes(text) : text.test(stdout)) resolve()
        else if (!running.has(child)) {
          reject(new Error(`it ended without ${String(text)}:\n${stdout}\n${stderr}`))
        }
      }
      look()
    })
  return { child, ended, stdout: () => stdout, sees }
}

/** Starts `dispatch`. */
export const startDispatch = (args: ReadonlyArray<string>, options?: StartOptions): Running =>
  start(process.execPath, [cli, ...args], options)

/** Runs `dispatch` to its end. */
export const dispatch = (args: ReadonlyArray<string>, options?: StartOptions): Promise<Ended> => {
  const { child, ended } = startDispatch(args, options)
  child.stdin?.end()
  return ended
}
