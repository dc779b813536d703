import { join } from "node:path"
import type { Socket } from "node:net"
import { createInterface } from "node:readline"
import { privateDirectory } from "../../private-directory.ts"
import type { Peer, PortAddress } from "./request-port.ts"

/** What the dispatcher that has a port tells one that shares in it: a packet that none of its own jobs is about. */
export interface Question {
  readonly id: number
  readonly peer: Peer
  /** The packet, in base64. */
  readonly packet: string
}

/** What comes back: whether the question was answered, or a packet to be sent from the port. */
export type Answer =
  | { readonly id: number; readonly answered: boolean }
  | { readonly peer: Peer; readonly packet: string }

/** Whether other dispatchers of this user may want a port. */
export const isShared = ({ port, network }: PortAddress): boolean => port !== 0 && network.shared

/** The local socket of the dispatcher that has a port: in a directory that is this user's alone. */
export const socketPath = async ({ bind, port }: PortAddress): Promise<string> =>
  join(await privateDirectory(), `tftp-${bind}-${port}`)

/** Sends a message; one that cannot be sent is the socket's "close" to tell. */
export const tell = (socket: Socket, message: Question | Answer): void => {
  if (socket.writable) socket.write(`${JSON.stringify(message)}\n`)
}

/** Hands over each message that comes, a line each. */
export const onMessages = <Message>(socket: Socket, receive: (message: Message) => void): void => {
  createInterface({ input: socket })
    .on("line", (line) => receive(JSON.parse(line) as Message))
    .on("error", () => undefined) // the socket's, which goes on to its "close"
}
