import { spawn } from "node:child_process"
import { readFileSync } from "node:fs"
import type { Readable, Writable } from "node:stream"

/** How a program ended. */
interface Ending {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  /** What it said on its standard error, or why it could not be started. */
  readonly said: string
}

/** A program that a board runs. */
export interface Child {
  readonly stdin: Writable
  readonly stdout: Readable
  /** Resolves when it is gone and its pipes are closed; never rejects. */
  readonly ended: Promise<Ending>
  /** Kills it, if it still runs, and resolves when it is gone; of an unshare(1), with all of its space. */
  readonly kill: () => Promise<void>
}

/**
 * Starts a program of a board that dies with this process, however that ends (setpriv(1), of Debian's
 * util-linux, asks the kernel for it).
 */
export const startChild = (command: ReadonlyArray<string>): Child => {
  const child = spawn("setpriv", ["--pdeathsig", "KILL", ...command], { cwd: "/" })
  let said = ""
  child.stderr.on("data", (bytes: Buffer) => (said = (said + bytes.toString()).slice(-1000)))
  child.stdin.on("error", () => {
    // It has ended without reading all.
  })
  const ended = new Promise<Ending>((resolve) => {
    child.on("error", (error) => resolve({ code: null, signal: null, said: error.message }))
    child.on("close", (code, signal) => resolve({ code, signal, said: said.trim() }))
  })
  return {
    stdin: child.stdin,
    stdout: child.stdout,
    ended,
    kill: async () => {
      const inits = command[0] === "unshare" ? childrenOf(child.pid) : []
      if (inits.length === 0) child.kill("SIGKILL")
      for (const init of inits) kill(init)
      // What has just begun may not die with it yet: it ends when there is nothing more to read.
      child.stdin.destroy()
      // A paused pipe would never close.
      child.stdout.resume()
      await ended
    },
  }
}

const kill = (pid: number): void => {
  try {
    process.kill(pid, "SIGKILL")
  } catch {
    // It has just ended by itself.
  }
}

/**
 * The processes that a process has started, by proc_pid_task_children(5); none where that cannot be told.
 * The end of a process space is the end of its first process: whoever waits for that, as unshare does, ends
 * when all of the space is gone, and not before.
 */
const childrenOf = (pid: number | undefined): ReadonlyArray<number> => {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, "latin1")
      .split(" ")
      .filter(Boolean)
      .map(Number)
  } catch {
    return []
  }
}
