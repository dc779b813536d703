import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { InfrastructureError } from "../pipeline/errors.ts"
import { CloseNotice } from "./close-notice.ts"
import { showCommand } from "./command-line.ts"
import type { Transport } from "./transport.ts"

/** How long a program may take to end after it was asked to, in ms. */
const endMs = 2000
/** How long its last output may take to be read after it has ended, in ms. */
const lastOutputMs = 500

/**
 * Starts a program whose standard input and output are the console: LAVA's `connect` command, as
 * `telnet ser2net 7001` or `conmux-console board`. What it writes to standard error comes as output
 * too. Its whole process group is ended with the scope.
 * @param command the program and its arguments
 */
export const openProcess = (
  command: ReadonlyArray<string>,
): Effect.Effect<Transport, InfrastructureError, Scope.Scope> =>
  Effect.acquireRelease(start(command), (transport) => Effect.promise(transport.close))

const start = (command: ReadonlyArray<string>): Effect.Effect<Transport, InfrastructureError> =>
  Effect.callback((resume) => {
    const [program = "", ...words] = command
    // Its own process group, so that whatever it starts is ended with it.
    const child = spawn(program, words, { detached: true, stdio: "pipe" })
    child.once("error", (error) => resume(Effect.fail(cannotStart(command, error))))
    child.once("spawn", () => resume(Effect.succeed(processTransport(child, command))))
  })

const processTransport = (
  child: ChildProcessWithoutNullStreams,
  command: ReadonlyArray<string>,
): Transport => {
  const { stdin, stdout, stderr } = child
  const notice = new CloseNotice()
  const signalGroup = (signal: NodeJS.Signals) => {
    try {
      process.kill(-child.pid!, signal)
    } catch {
      // The group is gone.
    }
  }
  const killAtExit = () => signalGroup("SIGKILL")
  process.once("exit", killAtExit)
  let running = true
  const exited = new Promise<void>((resolve) => {
    child.once("exit", (code, signal) => {
      running = false
      process.off("exit", killAtExit)
      // What it left behind is ended now: later the group's number may be somebody else's.
      signalGroup("SIGKILL")
      const end = signal ?? `exit code ${code}`
      resolve()
      // Its last output is read first, unless something that it left behind keeps the pipe open.
      const lost = () => notice.lost(`the command ended (${end})`)
      child.once("close", lost)
      setTimeout(lost, lastOutputMs).unref()
    })
  })
  stdin.on("error", () => undefined) // told by the write, and by the end of the program
  return {
    description: `command "${showCommand(command)}"`,
    write: (bytes) =>
      new Promise((resolve, reject) => {
        stdin.write(bytes, (error) => (error ? reject(error) : resolve()))
      }),
    onData: (take) => {
      stdout.on("data", take)
      stderr.on("data", take)
    },
    onClose: notice.listen,
    close: async () => {
      notice.ended()
      if (running) signalGroup("SIGTERM")
      const timer = setTimeout(() => running && signalGroup("SIGKILL"), endMs)
      await exited
      clearTimeout(timer)
      for (const stream of [stdin, stdout, stderr]) stream.destroy()
    },
  }
}

const cannotStart = (
  command: ReadonlyArray<string>,
  cause: NodeJS.ErrnoException,
): InfrastructureError =>
  new InfrastructureError({
    message: `the console command "${showCommand(command)}" cannot be started: ${advice(cause, command[0])}`,
    cause,
  })

const advice = (error: NodeJS.ErrnoException, program = ""): string => {
  if (error.code === "ENOENT")
    return `there is no program "${program}"; install it or give its path`
  if (error.code === "EACCES") return `"${program}" may not be run; check its mode and its owner`
  return error.message
}
