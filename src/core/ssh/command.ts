import { pipeline } from "node:stream/promises"
import { PassThrough, Readable, type Writable } from "node:stream"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { ClientChannel } from "ssh2"
import { InfrastructureError, messageOf } from "../pipeline/errors.ts"
import { connectSsh, type SshConnection } from "./connect.ts"
import type { SshLogin } from "./settings.ts"

/** How a command on another host ended. */
export interface RemoteEnd {
  /** Exit status, or the name of the signal that ended it. */
  readonly status: number | string
  /** The end of what it wrote, to standard output and standard error together. */
  readonly output: string
}

/** A command that was started on another host, without a terminal. */
export interface RemoteCommand {
  /** What it reads. */
  readonly input: Writable
  /** Rejects, with the end of a sentence, where the connection broke before it ended. */
  readonly ended: Promise<RemoteEnd>
}

/** This much of what a command writes is kept, in characters, for an error message. */
const outputLimit = 4096

/**
 * Starts a command on a host by a connection of its own, which closes with the Scope: the command's input then ends.
 * Fails with InfrastructureError, saying what to check.
 *
 * @param output gets the command's standard output, in place of its end's `output`
 */
export const startOnHost = (
  login: SshLogin,
  command: string,
  output?: Writable,
): Effect.Effect<RemoteCommand, InfrastructureError, Scope.Scope> =>
  connectSsh(login, {
    what: "the host",
    start: (connection) => startCommand(connection, command, output),
  })

/**
 * Runs a command on a host to its end, with `content` as its input. Fails with InfrastructureError where the host
 * cannot be reached, or the connection breaks.
 */
export const runOnHost = (
  login: SshLogin,
  command: string,
  content?: () => Readable,
): Effect.Effect<RemoteEnd, InfrastructureError> => runToEnd(startOnHost(login, command), content)

/** Runs a command, however it is started, to its end, with `content` as its input. Fails with InfrastructureError. */
export const runToEnd = (
  started: Effect.Effect<RemoteCommand, InfrastructureError, Scope.Scope>,
  content: () => Readable = () => Readable.from([]),
): Effect.Effect<RemoteEnd, InfrastructureError> =>
  Effect.scoped(
    Effect.flatMap(started, ({ input, ended }) =>
      Effect.tryPromise({
        try: async (signal) => {
          // Why it does not take all of its input is told by its end.
          pipeline(content(), input, { signal }).catch(() => undefined)
          return await ended
        },
        catch: (cause) => new InfrastructureError({ message: messageOf(cause), cause }),
      }),
    ),
  )

/**
 * Runs a command on a host to its end and hands on what it writes. Fails with InfrastructureError where the host cannot
 * be reached, the connection breaks, the command fails, or `take` rejects.
 */
export const readFromHost = <A>(
  login: SshLogin,
  command: string,
  take: (output: Readable) => Promise<A>,
): Effect.Effect<A, InfrastructureError> =>
  Effect.scoped(
    Effect.gen(function* () {
      const output = new PassThrough()
      const { input, ended } = yield* startOnHost(login, command, output)
      return yield* Effect.tryPromise({
        try: async () => {
          input.end()
          const [end, taken] = await Promise.allSettled([ended, take(output)])
          if (end.status === "rejected") throw end.reason
          const { status, output: said } = end.value
          if (status !== 0) {
            throw new Error(`"${command}" ended with ${status}${said && `: ${said}`}`)
          }
          if (taken.status === "rejected") throw taken.reason
          return taken.value
        },
        catch: (cause) => new InfrastructureError({ message: messageOf(cause), cause }),
      })
    }),
  )

const startCommand = (
  { client, description }: SshConnection,
  command: string,
  output: Writable | undefined,
): Promise<RemoteCommand> =>
  new Promise((resolve, reject) => {
    client.once("close", () => reject(new Error("the ssh server hung up; its log says why")))
    client.exec(command, (error, channel) => {
      if (error) {
        const why = `the ssh server refuses to run a command (${error.message}); check what this user may do there`
        return reject(new Error(why, { cause: error }))
      }
      // At once: the news of a command's end may stand in the packet behind that of its start.
      const lost = `the connection to ${description} was lost while "${command}" ran there`
      resolve({ input: channel, ended: endOf(channel, lost, output) })
    })
  })

const endOf = (
  channel: ClientChannel,
  lost: string,
  wanted: Writable | undefined,
): Promise<RemoteEnd> => {
  let output = ""
  for (const stream of wanted ? [channel.stderr] : [channel, channel.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output = (output + text).slice(-outputLimit)
    })
  }
  if (wanted) {
    channel.pipe(wanted)
    channel.once("close", () => wanted.end())
  }
  let status: number | string | undefined
  channel.once("exit", (code: number | null, signal?: string) => (status = signal ?? code ?? 0))
  channel.on("error", () => undefined) // its close tells
  const ended = new Promise<RemoteEnd>((resolve, reject) => {
    channel.once("close", () => {
      if (status === undefined) reject(new Error(lost))
      else resolve({ status, output: output.trim() })
    })
  })
  ended.catch(() => undefined) // whoever awaits it hears of it
  return ended
}
