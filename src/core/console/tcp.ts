import type * as net from "node:net"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { InfrastructureError } from "../pipeline/errors.ts"
import { closeSocket, connectTcp, showAddress, type TcpAddress } from "../tcp.ts"
import { CloseNotice } from "./close-notice.ts"
import type { Transport } from "./transport.ts"

/** Opens a console that a TCP port carries as it is: ser2net's raw mode, QEMU's `-serial tcp:`. */
export const openTcp = (
  address: TcpAddress,
): Effect.Effect<Transport, InfrastructureError, Scope.Scope> => {
  const description = `TCP port ${showAddress(address)}`
  const server = "the terminal server (ser2net, conserver, the emulator)"
  return Effect.map(connectTcp(address, { what: "the console", description, server }), (socket) =>
    socketTransport(socket, description),
  )
}

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
