import { createSocket } from "node:dgram"
import { once } from "node:events"
import { onTestFinished } from "vitest"
import {
  decode,
  encode,
  type TftpOption,
  type TftpPacket,
} from "../../../../src/core/net/tftp/packet.ts"

/** A device's end of TFTP, packet by packet: for what no well-behaved client does. */
export const device = async (serverPort: number) => {
  const socket = createSocket("udp4")
  socket.bind(0, "127.0.0.1")
  await once(socket, "listening")
  let open = true
  const close = () => {
    if (open) socket.close()
    open = false
  }
  onTestFinished(close)
  const received: Array<{ packet: TftpPacket | undefined; port: number }> = []
  let transferPort = 0
  socket.on("message", (bytes, { port }) => {
    received.push({ packet: decode(Buffer.from(bytes)), port })
    socket.emit("received")
  })
  const send = (packet: TftpPacket, port = transferPort) =>
    socket.send(encode(packet), port, "127.0.0.1")
  return {
    close,
    send,
    /** This device's port, its TID. */
    port: socket.address().port,
    /** The server's port of the transfer. */
    transferPort: () => transferPort,
    sendRaw: (bytes: Uint8Array) => socket.send(bytes, serverPort, "127.0.0.1"),
    read: (filename: string, options: ReadonlyArray<TftpOption> = [], mode = "octet") =>
      send({ type: "RRQ", filename, mode, options }, serverPort),
    write: (filename: string) =>
      send({ type: "WRQ", filename, mode: "octet", options: [] }, serverPort),
    ack: (block: number) => send({ type: "ACK", block: block & 0xffff }),
    /** The next packet, in at most `ms`. */
    next: async (ms = 5000): Promise<TftpPacket> => {
      if (received.length === 0) {
        await once(socket, "received", { signal: AbortSignal.timeout(ms) })
      }
      const { packet, port } = received.shift() ?? {}
      if (packet === undefined || port === undefined) throw new Error("received no TFTP packet")
      transferPort = port
      return packet
    },
    /** What arrives within `ms`. */
    all: async (ms: number): Promise<ReadonlyArray<TftpPacket | undefined>> => {
      await new Promise((resolve) => setTimeout(resolve, ms))
      return received.splice(0).map(({ packet }) => packet)
    },
  }
}
