import { once } from "node:events"
import { rm } from "node:fs/promises"
import { createServer, type Server, type Socket } from "node:net"
import { type Answer, isShared, onMessages, socketPath, tell } from "./neighbours.ts"
import type { HeldPort, Peer, PortAddress, RequestHandler } from "./request-port.ts"

/** A dispatcher that does not say in this time, in ms, whether a question is for it, has nothing to say. */
const patienceMs = 500

/**
 * Binds a UDP port, and lets the user's other dispatchers share in it. Rejects with the error of the system where
 * it cannot be had.
 */
export const ownedPort = async (
  at: PortAddress,
  { answer, unanswered }: RequestHandler,
): Promise<HeldPort> => {
  const socket = await at.network.bind(at)
  // Errors of single packets (an unreachable device); the socket itself goes on.
  socket.on("error", () => undefined)
  const reply = (bytes: Uint8Array, peer: Peer) =>
    socket.send(bytes, peer.port, peer.address, () => undefined)
  const others = new Others(reply, unanswered)
  socket.on("message", (bytes, { address, port }) => {
    const peer = { address, port }
    if (!answer(bytes, peer)) others.ask(bytes, peer)
  })
  const server = isShared(at) ? await listen(at, (other) => others.add(other)) : undefined
  return {
    port: socket.address().port,
    reply,
    close: async () => {
      const closed = once(socket, "close")
      const unshared = server && once(server, "close")
      server?.close()
      others.close()
      socket.close()
      await closed
      await unshared
    },
  }
}

/** A question that others have not answered yet. */
interface Asked {
  readonly bytes: Buffer
  readonly peer: Peer
  waiting: number
  readonly timer: NodeJS.Timeout
}

/** The other dispatchers of this user, and what they were asked. */
class Others {
  readonly #reply: HeldPort["reply"]
  readonly #unanswered: RequestHandler["unanswered"]
  readonly #sockets = new Set<Socket>()
  readonly #asked = new Map<number, Asked>()
  #lastId = 0

  constructor(reply: HeldPort["reply"], unanswered: RequestHandler["unanswered"]) {
    this.#reply = reply
    this.#unanswered = unanswered
  }

  add(socket: Socket): void {
    this.#sockets.add(socket)
    socket.once("close", () => this.#sockets.delete(socket))
    onMessages<Answer>(socket, (message) => this.#onAnswer(message))
  }

  ask(bytes: Buffer, peer: Peer): void {
    if (this.#sockets.size === 0) return this.#unanswered(bytes, peer)
    const id = ++this.#lastId
    const timer = setTimeout(() => this.#giveUp(id), patienceMs)
    this.#asked.set(id, { bytes, peer, waiting: this.#sockets.size, timer })
    for (const socket of this.#sockets) tell(socket, { id, peer, packet: bytes.toString("base64") })
  }

  close(): void {
    for (const { timer } of this.#asked.values()) clearTimeout(timer)
    for (const socket of this.#sockets) socket.destroy()
  }

  #onAnswer(message: Answer): void {
    if ("packet" in message) return this.#reply(Buffer.from(message.packet, "base64"), message.peer)
    const question = this.#asked.get(message.id)
    if (!question) return
    if (message.answered) this.#forget(message.id)
    else if (--question.waiting === 0) this.#giveUp(message.id)
  }

  #giveUp(id: number): void {
    const question = this.#forget(id)
    if (question) this.#unanswered(question.bytes, question.peer)
  }

  #forget(id: number): Asked | undefined {
    const question = this.#asked.get(id)
    clearTimeout(question?.timer)
    this.#asked.delete(id)
    return question
  }
}

/** Where the local socket cannot be had, the port is this dispatcher's alone. */
const listen = async (
  at: PortAddress,
  onConnection: (socket: Socket) => void,
): Promise<Server | undefined> => {
  const server = createServer(onConnection)
  try {
    const path = await socketPath(at)
    await rm(path, { force: true }) // of one that was killed: who has the port has the socket
    server.listen(path)
    await once(server, "listening")
    server.on("error", () => undefined) // of one connection that could not be accepted
    return server
  } catch {
    server.close()
    return undefined
  }
}
