import { once } from "node:events"
import { connect } from "node:net"
import { onMessages, type Question, socketPath, tell } from "./neighbours.ts"
import type { HeldPort, PortAddress, RequestHandler } from "./request-port.ts"

/**
 * Shares in the port of another dispatcher of this user; undefined where there is none.
 *
 * @param onLost called when that dispatcher is gone
 */
export const borrowedPort = async (
  at: PortAddress,
  { answer }: RequestHandler,
  onLost: () => void,
): Promise<HeldPort | undefined> => {
  const socket = connect(await socketPath(at))
  onMessages<Question>(socket, ({ id, peer, packet }) =>
    tell(socket, { id, answered: answer(Buffer.from(packet, "base64"), peer) }),
  )
  try {
    await once(socket, "connect")
  } catch {
    return undefined
  }
  let closed = false
  socket.once("close", () => closed || onLost())
  return {
    port: at.port,
    reply: (bytes, peer) => tell(socket, { peer, packet: Buffer.from(bytes).toString("base64") }),
    close: async () => {
      closed = true
      const gone = once(socket, "close")
      socket.destroy()
      await gone
    },
  }
}
