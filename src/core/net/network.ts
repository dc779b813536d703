import { createSocket, type Socket as UdpSocket } from "node:dgram"
import { once } from "node:events"
import { isIPv6, type Server } from "node:net"
import type { CommandLine } from "../console/command-line.ts"

/** A local address and a port; 0 for any port. */
export interface LocalAddress {
  readonly bind: string
  readonly port: number
}

/** The network on which servers listen: this machine's own, or a network segment of a job's own. */
export interface Network {
  /** Whether other dispatchers of this user are on it, too, and may want the same port. */
  readonly shared: boolean
  /** Makes a server listen; rejects with the error of the system. */
  readonly listen: (server: Server, at: LocalAddress) => Promise<void>
  /** A UDP socket that is bound; rejects with the error of the system. */
  readonly bind: (at: LocalAddress) => Promise<UdpSocket>
  /** The command that runs a command on this network. */
  readonly inside: (command: CommandLine) => CommandLine
}

/** This machine's own network. */
export const hostNetwork: Network = {
  shared: true,
  listen: async (server, { bind, port }) => {
    server.listen({ host: bind, port, exclusive: true })
    await once(server, "listening")
  },
  bind: async ({ bind, port }) => {
    const socket = createSocket(isIPv6(bind) ? "udp6" : "udp4")
    try {
      socket.bind({ address: bind, port, exclusive: true })
      await once(socket, "listening")
      return socket
    } catch (error) {
      socket.close()
      throw error
    }
  },
  inside: (command) => command,
}
