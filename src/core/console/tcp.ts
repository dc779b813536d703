import * as net from "node:net"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { InfrastructureError } from "../pipeline/errors.ts"
import { CloseNotice } from "./close-notice.ts"
import type { Transport } from "./transport.ts"

/** A TCP port that serves a console. */
export interface TcpAddress {
  readonly host: string
  readonly port: number
}

const connectSeconds = 10
/** A terminal server that vanished is noticed after this long without an answer, in ms. */
const keepAliveMs = 30_000
/** How long what was written may take to leave when the connection is closed, in ms. */
const closeMs = 1000

/** Opens a console that a TCP port carries as it is: ser2net's raw mode, QEMU's `-serial tcp:`. */
export const openTcp = (
  address: TcpAddress,
): Effect.Effect<Transport, InfrastructureError, Scope.Scope> =>
  Effect.map(connect(address), (socket) => socketTransport(socket, `TCP port ${show(address)}`))

/** Connects to a console's TCP port; the connection is closed with the scope. */
const connect = (
  address: TcpAddress,
): Effect.Effect<net.Socket, InfrastructureError, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.callback<net.Socket, InfrastructureError>((resume) => {
      const socket = net.connect({ ...address, noDelay: true })
      socket.setKeepAlive(true, keepAliveMs)
      // Stays: an error that nobody listens to would end the whole process.
      socket.on("error", (error) => resume(Effect.fail(cannotConnect(address, error))))
      socket.once("connect", () => resume(Effect.succeed(socket)))
      return Effect.sync(() => socket.destroy())
    }).pipe(
      Effect.timeoutOrElse({
        duration: `${connectSeconds} seconds`,
        orElse: () => Effect.fail(cannotConnect(address)),
      }),
    ),
    (socket) => Effect.promise(() => closeSocket(socket)),
    { interruptible: true },
  )

/** A connected socket as a transport. Closing it is left to whoever connected it, or to `close`. */
const socketTransport = (socket: net.Socket, description: string): Transport => {
  const notice = new CloseNotice()
  socket.on("error", (error) => notice.lost(`the connection broke (${error.message})`))
  socket.on("close", () => notice.lost("the other side closed the connection"))
  return {
    description,
    write: (bytes) =>
      new Promise((resolve, reject) => {
        socket.write(bytes, (error) => (error ? reject(error) : resolve()))
      }),
    onData: (take) => void socket.on("data", take),
    onClose: notice.listen,
    close: () => {
      notice.ended()
      return closeSocket(socket)
    },
  }
}

const closeSocket = (socket: net.Socket): Promise<void> => {
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

const show = ({ host, port }: TcpAddress): string =>
  host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`

const cannotConnect = (address: TcpAddress, cause?: NodeJS.ErrnoException): InfrastructureError =>
  new InfrastructureError({
    message: `the console at TCP port ${show(address)} cannot be opened: ${advice(cause)}`,
    cause,
  })

const advice = (error: NodeJS.ErrnoException | undefined): string => {
  if (error === undefined || error.code === "ETIMEDOUT")
    return `nothing answered within ${connectSeconds} s; check that the host is up and no firewall is in the way`
  return reasons[error.code ?? ""] ?? error.message
}

const unreachable = "the host cannot be reached; check its address, the cable and the route"
const unknown = "the host name is not known; check its spelling and the name server"
const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED:
    "nothing listens there; check that the terminal server (ser2net, conserver, the emulator) runs",
  ENOTFOUND: unknown,
  EAI_AGAIN: unknown,
  EHOSTUNREACH: unreachable,
  ENETUNREACH: unreachable,
}
