import * as net from "node:net"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { InfrastructureError } from "./pipeline/errors.ts"

/** A TCP port of a host. */
export interface TcpAddress {
  readonly host: string
  readonly port: number
}

const connectSeconds = 10
/** A server that vanished is noticed after this long without an answer, in ms. */
const keepAliveMs = 30_000
/** How long what was written may take to leave when the connection is closed, in ms. */
const closeMs = 1000

/** What a TCP port is called in messages. */
export interface TcpWords {
  /** What is there: "the console", as it reads in "the console at ... cannot be opened". */
  readonly what: string
  /** Where it is, in the same sentence. */
  readonly description: string
  /** Who should listen there, as it reads in "check that ... runs". */
  readonly server: string
}

/**
 * Connects to a TCP port; the connection is closed with the scope. Fails with InfrastructureError when it
 * does not come about within 10 s.
 */
export const connectTcp = (
  address: TcpAddress,
  words: TcpWords,
): Effect.Effect<net.Socket, InfrastructureError, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.callback<net.Socket, InfrastructureError>((resume) => {
      const socket = net.connect({ ...address, noDelay: true })
      socket.setKeepAlive(true, keepAliveMs)
      // Stays: an error that nobody listens to would end the whole process.
      socket.on("error", (error) => resume(Effect.fail(cannotConnect(words, error))))
      socket.once("connect", () => resume(Effect.succeed(socket)))
      return Effect.sync(() => socket.destroy())
    }).pipe(
      Effect.timeoutOrElse({
        duration: `${connectSeconds} seconds`,
        orElse: () => Effect.fail(cannotConnect(words)),
      }),
    ),
    (socket) => Effect.promise(() => closeSocket(socket)),
    { interruptible: true },
  )

/** Closes a socket, and waits until it is; what was written gets a second to leave. */
export const closeSocket = (socket: net.Socket): Promise<void> => {
  if (socket.closed) return Promise.resolve()
  return new Promise((resolve) => {
    const timer = setTimeout(() => socket.destroy(), closeMs)
    socket.once("close", () => {
      clearTimeout(timer)
      resolve()
    })
    socket.destroySoon()
  })
}

/** An address as one writes it; an IPv6 address in brackets. */
export const showAddress = ({ host, port }: TcpAddress): string =>
  host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`

const cannotConnect = (words: TcpWords, cause?: NodeJS.ErrnoException): InfrastructureError =>
  new InfrastructureError({
    message: `${words.what} at ${words.description} cannot be opened: ${advice(words, cause)}`,
    cause,
  })

const advice = ({ server }: TcpWords, error: NodeJS.ErrnoException | undefined): string => {
  if (error === undefined || error.code === "ETIMEDOUT")
    return `nothing answered within ${connectSeconds} s; check that the host is up and no firewall is in the way`
  switch (error.code) {
    case "ECONNREFUSED":
      return `nothing listens there; check that ${server} runs`
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return "the host name is not known; check its spelling and the name server"
    case "EHOSTUNREACH":
    case "ENETUNREACH":
      return "the host cannot be reached; check its address, the cable and the route"
    case undefined:
    default:
      return error.message
  }
}
