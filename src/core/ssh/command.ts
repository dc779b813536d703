import { pipeline } from "node:stream/promises"
import { Readable, type Writable } from "node:stream"
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
 */
export const startOnHost = (
  login: SshLogin,
  command: string,
): Effect.Effect<RemoteCommand, InfrastructureError, Scope.Scope> =>
  connectSsh(login, { what: "the host", start: (connection) => startCommand(connection, command) })

/**
 * Runs a command on a host to its end, with `content` as its input. Fails with InfrastructureError where the host
 * cannot be reached, or the connection breaks.
 */
export const runOnHost = (
  login: SshLogin,
  command: string,
  content: () => Readable = () => Readable.from([]),
): Effect.Effect<RemoteEnd, InfrastructureError> =>
  Effect.scoped(
    Effect.flatMap(startOnHost(login, command), ({ input, ended }) =>
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

const startCommand = (
  { client, description }: SshConnection,
  command: string,
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
      resolve({ input: channel, ended: endOf(channel, lost) })
    })
  })

const endOf = (channel: ClientChannel, lost: string): Promise<RemoteEnd> => {
  let output = ""
  for (const stream of [channel, channel.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output = (output + text).slice(-outputLimit)
    })
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
