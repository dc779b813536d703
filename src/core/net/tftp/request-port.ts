import { setTimeout as sleep } from "node:timers/promises"
import type { LocalAddress, Network } from "../network.ts"
import { borrowedPort } from "./borrowed-port.ts"
import { isShared } from "./neighbours.ts"
import { ownedPort } from "./owned-port.ts"

/** Where a packet comes from or goes to. */
export interface Peer {
  readonly address: string
  readonly port: number
}

/** What is done with what comes to a port. */
export interface RequestHandler {
  /** Answers a packet; false where it is about none of this process's jobs. */
  readonly answer: (bytes: Buffer, peer: Peer) => boolean
  /** Told of a packet that nobody has answered. */
  readonly unanswered: (bytes: Buffer, peer: Peer) => void
}

/** A UDP port that is had, or shared in. */
export interface HeldPort {
  readonly port: number
  readonly reply: (bytes: Uint8Array, peer: Peer) => void
  readonly close: () => Promise<void>
}

/** Where a port is. */
export interface PortAddress extends LocalAddress {
  readonly network: Network
}

/** For so long, in ms, another dispatcher may be coming or going, so that the port is neither free nor shared. */
const changeoverMs = 1000
const pauseMs = 50

/**
 * The UDP port at which devices ask for files. Devices ask at port 69, and one process only can have that: the
 * first dispatcher of a user. It gives what is about none of its own jobs to the others of that user, over a
 * local socket, and each answers from a port of its own, as TFTP has it (RFC 1350 section 4). When the first one
 * ends, another takes the port. A port 0, any free one, is not shared, nor is one on a network of this dispatcher's own.
 */
export class RequestPort implements HeldPort {
  readonly #address: PortAddress
  readonly #handler: RequestHandler
  /**
   * Until then, what nobody answers is not refused: another dispatcher may have had the port until now, and those that
   * shared in it need a moment to come here. Devices ask again.
   */
  #patientUntil = 0
  #held: HeldPort | undefined
  #closed = false

  private constructor(address: PortAddress, handler: RequestHandler) {
    this.#address = address
    this.#handler = {
      answer: handler.answer,
      unanswered: (bytes, peer) => {
        if (performance.now() >= this.#patientUntil) handler.unanswered(bytes, peer)
      },
    }
  }

  /** Takes the port, or a share in it; rejects with the error of the system where neither can be had. */
  static async open(address: PortAddress, handler: RequestHandler): Promise<RequestPort> {
    const port = new RequestPort(address, handler)
    const deadline = performance.now() + changeoverMs
    for (;;) {
      try {
        port.#held = await port.#take()
        return port
      } catch (error) {
        if (!isTaken(error) || !isShared(address) || performance.now() > deadline) throw error
        await sleep(pauseMs)
      }
    }
  }

  get port(): number {
    return this.#held?.port ?? this.#address.port
  }

  reply(bytes: Uint8Array, peer: Peer): void {
    this.#held?.reply(bytes, peer)
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#held?.close()
  }

  async #take(): Promise<HeldPort> {
    if (isShared(this.#address)) this.#patientUntil = performance.now() + changeoverMs
    try {
      return await ownedPort(this.#address, this.#handler)
    } catch (error) {
      if (!isTaken(error) || !isShared(this.#address)) throw error
      const borrowed = await borrowedPort(this.#address, this.#handler, () => void this.#takeOver())
      if (borrowed === undefined) throw error
      return borrowed
    }
  }

  /** The dispatcher that had the port is gone. What devices ask until another has it, they ask again. */
  async #takeOver(): Promise<void> {
    this.#held = undefined
    while (!this.#closed) {
      const held = await this.#take().catch(() => undefined)
      if (held !== undefined && this.#closed) return held.close()
      if (held !== undefined) return void (this.#held = held)
      await sleep(pauseMs, undefined, { ref: false })
    }
  }
}

const isTaken = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === "EADDRINUSE"
