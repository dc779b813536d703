import { createSocket, type Socket as UdpSocket } from "node:dgram"
import { once } from "node:events"
import { connect, createServer, type Socket } from "node:net"
import { pipeline } from "node:stream"
import type { EmulatedLab } from "./emulated-lab.ts"

/** Where the dispatcher listens when there is a link between it and the machines. */
const dispatcherAddress = "127.0.0.2"
/** What the machines' user-mode network reaches as 10.0.2.2. */
const machinesAddress = "127.0.0.1"

/** A link between the machines of a lab and the dispatcher. */
export interface CuttingLink {
  /** The lab whose dispatcher is at the other end of the link. */
  readonly lab: EmulatedLab
  /** How many netcat connections it has passed on, and of these cut. */
  readonly connections: () => { readonly count: number; readonly cut: number }
  readonly close: () => void
}

/**
 * Puts a link between the machines and the dispatcher, which passes TFTP and HTTP on and cuts netcat
 * connections.
 *
 * @param lifetime after how many bytes, either way, the connection of this number (from 1) is cut; undefined for never
 */
export const cuttingLink = async (
  lab: EmulatedLab,
  lifetime: (connection: number) => number | undefined,
): Promise<CuttingLink> => {
  const { tftp, http, netcat } = lab.description.dispatcher
  const closers: Array<() => void> = []
  let count = 0
  let cut = 0
  closers.push(
    await passUdp(tftp.port),
    await passTcp(http.port, () => undefined),
    await passTcp(netcat.port, (near, far) => {
      let left = lifetime(++count)
      if (left === undefined) return
      const spend = (bytes: Buffer) => {
        if (left === undefined || (left -= bytes.length) > 0) return
        left = undefined
        cut++
        near.destroy()
        far.destroy()
      }
      near.on("data", spend)
      far.on("data", spend)
    }),
  )
  return {
    lab: await lab.changed(`link-${netcat.port}`, (description) => ({
      ...description,
      dispatcher: { ...description.dispatcher, bind: dispatcherAddress },
    })),
    connections: () => ({ count, cut }),
    close: () => closers.forEach((close) => close()),
  }
}

const passTcp = async (
  port: number,
  watch: (near: Socket, far: Socket) => void,
): Promise<() => void> => {
  const sockets = new Set<Socket>()
  const server = createServer({ allowHalfOpen: true }, (near) => {
    const far = connect({ port, host: dispatcherAddress, allowHalfOpen: true })
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.on("close", () => sockets.delete(socket))
    }
    watch(near, far)
    pipeline(near, far, () => undefined)
    pipeline(far, near, () => undefined)
  })
  server.listen(port, machinesAddress)
  await once(server, "listening")
  return () => {
    server.close()
    for (const socket of sockets) socket.destroy()
  }
}

/** Each transfer of TFTP has ports of its own at either end (RFC 1350, section 4). */
const passUdp = async (port: number): Promise<() => void> => {
  const sockets: Array<UdpSocket> = []
  const open = async (address: string, at = 0): Promise<UdpSocket> => {
    const socket = createSocket("udp4")
    sockets.push(socket)
    socket.bind(at, address)
    await once(socket, "listening")
    return socket
  }
  const pass = async (request: Buffer, clientPort: number) => {
    const near = await open(machinesAddress)
    const far = await open(dispatcherAddress)
    let serverPort = port
    far.on("message", (packet, server) => {
      serverPort = server.port
      near.send(packet, clientPort, machinesAddress)
    })
    near.on("message", (packet) => far.send(packet, serverPort, dispatcherAddress))
    far.send(request, port, dispatcherAddress)
  }
  const outer = await open(machinesAddress, port)
  outer.on("message", (request, client) => void pass(request, client.port))
  return () => sockets.forEach((socket) => socket.close())
}
