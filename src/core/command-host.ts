import { spawn } from "node:child_process"
import { PassThrough, type Readable, type Writable } from "node:stream"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { InfrastructureError, messageOf } from "./pipeline/errors.ts"
import { type RemoteCommand, type RemoteEnd, runToEnd, startOnHost } from "./ssh/command.ts"
import type { SshLogin } from "./ssh/settings.ts"

/** A machine that runs lines of shell: this one, or another one by ssh. */
export interface CommandHost {
  /** As it reads in a message: "this machine". */
  readonly name: string
  /**
   * Starts a line of shell, without a terminal. With the Scope its input ends and its output is read no more; it may
   * go on. Fails with InfrastructureError where it cannot be started.
   *
   * @param output gets its standard output, in place of its end's `output`
   */
  readonly start: (
    command: string,
    output?: Writable,
  ) => Effect.Effect<RemoteCommand, InfrastructureError, Scope.Scope>
}

/** A host that is logged in to by ssh, anew for each command. */
export const sshHost = (login: SshLogin): CommandHost => ({
  name: login.host,
  start: (command, output) => startOnHost(login, command, output),
})

/** How much of what a command writes is kept for an error message, in characters. */
const outputLimit = 4096

/** This machine. Commands are in sessions of their own: the terminal's Ctrl-C is for the dispatcher alone. */
export const thisMachine: CommandHost = {
  name: "this machine",
  start: (command, output) =>
    Effect.acquireRelease(
      Effect.callback<ReturnType<typeof startShell>, InfrastructureError>((resume) => {
        const started = startShell(command, output)
        started.child.once("error", (cause) => {
          const message = `this machine's /bin/sh cannot be started: ${cause.message}`
          resume(Effect.fail(new InfrastructureError({ message, cause })))
        })
        started.child.once("spawn", () => resume(Effect.succeed(started)))
      }),
      ({ child }) =>
        Effect.sync(() => {
          child.stdin.end()
          child.stdout.destroy()
          child.stderr.destroy()
          child.unref()
        }),
    ),
}

const startShell = (command: string, wanted: Writable | undefined) => {
  const child = spawn("/bin/sh", ["-c", command], { cwd: "/", detached: true, stdio: "pipe" })
  let output = ""
  for (const stream of wanted ? [child.stderr] : [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output = (output + text).slice(-outputLimit)
    })
  }
  if (wanted) child.stdout.pipe(wanted)
  child.stdin.on("error", () => undefined) // its end tells
  const ended = new Promise<RemoteEnd>((resolve) => {
    child.once("exit", (code, signal) =>
      resolve({ status: signal ?? code ?? 0, output: output.trim() }),
    )
  })
  return { child, input: child.stdin, ended }
}

/**
 * Runs a line of shell on a host to its end, with `content` as its input. Fails with InfrastructureError where the host
 * cannot be reached, or the connection breaks.
 */
export const runOn = (
  host: CommandHost,
  command: string,
  content?: () => Readable,
): Effect.Effect<RemoteEnd, InfrastructureError> => runToEnd(host.start(command), content)

/** How a command whose output was read to an end of its own went on. */
export type ReadEnd = RemoteEnd | "enough"

/** What a command that has ended has left in its output is waited for this long, in ms: others may hold it open. */
const lastOutputMs = 1000

/**
 * Runs a line of shell on a host and reads what it writes to standard output, until it ends or `take` has enough of it.
 * Fails with InfrastructureError as `runOn` does.
 *
 * @param take reads the output; it resolves to false where the command's end is awaited all the same
 */
export const readFrom = (
  host: CommandHost,
  command: string,
  take: (output: Readable) => Promise<boolean>,
): Effect.Effect<ReadEnd, InfrastructureError> =>
  Effect.scoped(
    Effect.gen(function* () {
      const output = new PassThrough()
      const { input, ended } = yield* host.start(command, output)
      input.end()
      return yield* Effect.tryPromise({
        try: async (): Promise<ReadEnd> => {
          const taken = take(output)
          const isEnough = await Promise.race([
            taken,
            ended.then(() => new Promise<boolean>((done) => setTimeout(done, lastOutputMs, false))),
          ])
          return isEnough ? "enough" : await ended
        },
        catch: (cause) => new InfrastructureError({ message: messageOf(cause), cause }),
      })
    }),
  )
