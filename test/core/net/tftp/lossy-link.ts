import { createSocket, type Socket } from "node:dgram"
import { once } from "node:events"
import { onTestFinished } from "vitest"

/** What happens to a packet on the link. */
export type Fate = "deliver" | "lose" | "double" | "delay"

/**
 * A UDP link between a TFTP client and a server that mistreats packets. The client talks to `port`;
 * each transfer gets ports of its own here, as behind a NAT.
 */
export const lossyLink = async (
  serverPort: number,
  fate: (packet: Buffer, toServer: boolean) => Fate,
): Promise<{ port: number }> => {
  const sockets = new Set<Socket>()
  const open = async () => {
    const socket = createSocket("udp4")
    sockets.add(socket)
    socket.bind(0, "127.0.0.1")
    await once(socket, "listening")
    return socket
  }
  onTestFinished(() => {
    for (const socket of sockets) socket.close()
  })
  const pass = (from: Socket, packet: Buffer, port: number, toServer: boolean) => {
    const deliver = () => {
      try {
        from.send(packet, port, "127.0.0.1", () => undefined)
      } catch {
        // closed at the end of the test
      }
    }
    const how = fate(packet, toServer)
    if (how === "delay") return void setTimeout(deliver, 20)
    if (how !== "lose") deliver()
    if (how === "double") deliver()
  }
  const outer = await open()
  const connect = async (request: Buffer, client: { readonly port: number }) => {
    const near = await open()
    const far = await open()
    let transferPort = 0
    far.on("message", (packet, server) => {
      transferPort = server.port
      pass(near, packet, client.port, false)
    })
    near.on("message", (packet) => pass(far, packet, transferPort, true))
    pass(far, request, serverPort, true)
  }
  outer.on("message", (request, client) => void connect(request, client))
  return { port: outer.address().port }
}
