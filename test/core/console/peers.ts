import { spawn } from "node:child_process"
import { mkdtemp, rm } from "node:fs/promises"
import { existsSync, readFileSync } from "node:fs"
import { type AddressInfo, createServer } from "node:net"
import { tmpdir } from "node:os"
import path from "node:path"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"

/** Real shells, as they wait at the end of a serial line. */
export const shells = {
  bash: { command: "bash --norc --noprofile -i", prompt: "bash-5.2# " },
  dash: { command: "dash -i", prompt: "# " },
  "busybox ash": { command: "busybox ash", prompt: "# " },
} as const

/** A temporary directory, gone with the scope. */
export const temporaryDirectory: Effect.Effect<string, never, Scope.Scope> = Effect.acquireRelease(
  Effect.promise(() => mkdtemp(path.join(tmpdir(), "console-test-"))),
  (directory) => Effect.promise(() => rm(directory, { recursive: true, force: true })),
)

/** A program that runs in the background. */
export interface Background {
  readonly pid: number
  /** Kills it, with all that it started. */
  readonly end: Effect.Effect<void>
}

/** Runs a program until the scope closes, with all that it starts. */
export const background = (
  program: string,
  words: ReadonlyArray<string>,
): Effect.Effect<Background, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const child = spawn(program, words, { detached: true, stdio: "ignore" })
      const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()))
      const end = Effect.promise(async () => {
        if (child.exitCode === null && child.signalCode === null)
          process.kill(-child.pid!, "SIGKILL")
        await ended
      })
      return { pid: child.pid!, end }
    }),
    ({ end }) => end,
  )

/** Waits, at most 10 s, until something holds. */
export const eventually = (holds: () => boolean): Effect.Effect<void> =>
  Effect.gen(function* () {
    for (let waited = 0; waited < 1000; waited++) {
      if (holds()) return
      yield* Effect.sleep(10)
    }
    throw new Error("it did not come to pass within 10 s")
  })

/** A PTY behind which a command runs on a terminal of its own; answers the PTY's path. */
export const ptyOf = (command: string): Effect.Effect<string, never, Scope.Scope> =>
  Effect.gen(function* () {
    const link = path.join(yield* temporaryDirectory, "pty")
    yield* background("socat", [
      `PTY,link=${link},raw,echo=0`,
      `SYSTEM:"TERM=vt100 HISTFILE= exec ${command}",pty,setsid,ctty,stderr,sane`,
    ])
    yield* eventually(() => existsSync(link))
    return link
  })

/** A PTY that gives back every byte. */
export const echoingPty: Effect.Effect<Background & { path: string }, never, Scope.Scope> =
  Effect.gen(function* () {
    const link = path.join(yield* temporaryDirectory, "pty")
    const running = yield* background("socat", [`PTY,link=${link},raw,echo=0`, "EXEC:cat"])
    yield* eventually(() => existsSync(link))
    return { ...running, path: link }
  })

/** A TCP port of this machine that nobody uses. */
export const freePort: Effect.Effect<number> = Effect.promise(
  () =>
    new Promise((resolve) => {
      const server = createServer().listen(0, "127.0.0.1", () => {
        const { port } = server.address() as AddressInfo
        server.close(() => resolve(port))
      })
    }),
)

/** Waits until a TCP port of this machine is served, without connecting to it. */
export const listening = (port: number): Effect.Effect<void> => {
  const address = `0100007F:${port.toString(16).toUpperCase().padStart(4, "0")} 00000000:0000 0A`
  return eventually(() => readFileSync("/proc/net/tcp", "latin1").includes(address))
}

/** Whether a process runs; one that is dead and not yet waited for does not. */
export const isRunning = (pid: number): boolean => {
  try {
    return !/\) [ZX]/.test(readFileSync(`/proc/${pid}/stat`, "latin1"))
  } catch {
    return false
  }
}
