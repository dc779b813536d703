import { spawn } from "node:child_process"
import type { CommandLine } from "../console/command-line.ts"

/** How a command ended. */
export interface CommandEnd {
  /** Exit status, or the signal that ended it. */
  readonly status: number | NodeJS.Signals
  /** The end of what it wrote, to standard output and standard error together. */
  readonly output: string
}

/** This much of what a command writes is kept, in characters, for an error message. */
const outputLimit = 4096
/** What is left in the pipes is read for this long after the command has ended, in ms. */
const lastOutputMs = 200

/**
 * Runs a command to its end. It is the command itself that is waited for, not what it leaves running
 * (an emulator that it switched on keeps its pipes open). It has a process group of its own, which is
 * killed when `signal` is aborted; so a Ctrl-C that ends a job does not reach the command that
 * switches the device off for it. Rejects when it cannot be started.
 */
export const runCommand = (command: CommandLine, signal: AbortSignal): Promise<CommandEnd> =>
  new Promise((resolve, reject) => {
    const [program = "", ...words] = command
    const child = spawn(program, words, { detached: true, stdio: ["ignore", "pipe", "pipe"] })
    let output = ""
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        output = (output + text).slice(-outputLimit)
      })
    }
    const kill = () => {
      try {
        process.kill(-child.pid!, "SIGKILL")
      } catch {
        // It has ended in the meantime.
      }
    }
    child.once("error", reject)
    child.once("spawn", () => {
      if (signal.aborted) kill()
      else signal.addEventListener("abort", kill, { once: true })
    })
    child.once("exit", (code, killedBy) => {
      signal.removeEventListener("abort", kill)
      const ended = () => {
        clearTimeout(timer)
        child.stdout.destroy()
        child.stderr.destroy()
        resolve({ status: code ?? killedBy ?? 0, output })
      }
      const timer = setTimeout(ended, lastOutputMs)
      child.once("close", ended)
    })
  })
