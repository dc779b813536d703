import { type AddressInfo, createServer, type Server, type Socket } from "node:net"
import { performance } from "node:perf_hooks"
import { messageOf } from "../pipeline/errors.ts"
import { plainAddress } from "./address.ts"
import { type ReceivedFile, receiveStream, type Receiving } from "./receive-stream.ts"
import { sendRange } from "./send-stream.ts"
import type { ServedFile } from "./served-file.ts"
import { hostNetwork, type Network } from "./network.ts"
import type { TransferObserver, TransferRecord } from "./transfer-record.ts"

/** What the first peer of a listener was sent. */
export interface NetcatSent {
  /** Address and port. */
  readonly peer: string
  readonly bytes: number
  /**
   * Whether the peer has read everything before it closed. It cannot be told, and is false, when the
   * peer had closed its own direction before, as `nc ... < /dev/null` does: compare a checksum there.
   */
  readonly confirmed: boolean
}

/** Settings of a listener; as an observer it is told of the one transfer. */
export interface NetcatOptions extends TransferObserver {
  /** Local address to listen on. */
  readonly bind: string
  /** TCP ports to try in turn; 0 for any. */
  readonly ports: ReadonlyArray<number>
  /** The network to listen on; this machine's own unless given. */
  readonly network?: Network
  /** The only address that is answered; connections from others are closed. */
  readonly from?: string
}

/** A listener for one peer, at a port. */
export interface Netcat<A> {
  readonly port: number
  /** Settles when the transfer has ended. */
  readonly done: Promise<A>
  /** Stops listening, or cuts the transfer. */
  readonly close: () => Promise<void>
}

/** Sends a file to the first peer that connects, then closes: what `nc -l < file` does. */
export const offer = (options: NetcatOptions, file: ServedFile): Promise<Netcat<NetcatSent>> =>
  listen(options, "to-device", file.size, async (socket, peer, onBytes) => {
    socket.resume() // whatever the peer says is of no interest, but its end must be seen
    const stop = file.onWithdrawn(() => socket.destroy())
    try {
      await sendRange(file, 0, file.size, socket, onBytes)
      const halfClosed = socket.readableEnded
      await end(socket)
      return { peer, bytes: file.size, confirmed: !halfClosed }
    } finally {
      stop()
    }
  })

/**
 * Receives a file from the first peer that connects, until it closes: what `nc -l > file` does. TCP
 * cannot tell a sender that has died from one that is done, so compare the checksum.
 */
export const collect = (
  options: NetcatOptions,
  receiving: Omit<Receiving, "onBytes">,
): Promise<Netcat<ReceivedFile>> =>
  listen(options, "from-device", undefined, async (socket, _peer, onBytes) => {
    const received = await receiveStream(socket, { ...receiving, onBytes })
    socket.end()
    return received
  })

const listen = async <A>(
  options: NetcatOptions,
  direction: TransferRecord["direction"],
  total: number | undefined,
  transfer: (socket: Socket, peer: string, onBytes: (bytes: number) => void) => Promise<A>,
): Promise<Netcat<A>> => {
  const server = await listenOnOneOf(options)
  const { port } = server.address() as AddressInfo
  const done = Promise.withResolvers<A>()
  done.promise.catch(() => undefined) // nobody need be waiting
  let taken: Socket | undefined

  const serve = async (socket: Socket, peer: string): Promise<A> => {
    const began = performance.now()
    const size = total === undefined ? {} : { total }
    let bytes = 0
    const record = (outcome: "complete" | "aborted", reason?: string) =>
      options.onTransfer?.({
        protocol: "netcat",
        direction,
        peer,
        file: "",
        bytes,
        ...(total !== undefined && { size: total }),
        retransmits: 0,
        outcome,
        ms: Math.round(performance.now() - began),
        ...(reason !== undefined && { reason }),
      })
    try {
      const result = await transfer(socket, peer, (so) => {
        bytes = so
        options.onProgress?.({ file: "", peer, bytes, ...size })
      })
      record("complete")
      return result
    } catch (error) {
      socket.destroy()
      const of = total === undefined ? "" : ` of ${total}`
      const reason = `after ${bytes}${of} bytes: ${messageOf(error)}`
      record("aborted", reason)
      throw new Error(`the transfer with ${peer} broke ${reason}`, { cause: error })
    }
  }

  server.on("error", () => undefined) // of one connection that could not be accepted
  server.on("connection", (socket: Socket) => {
    socket.on("error", () => undefined) // seen by whoever reads or writes
    const from = plainAddress(socket.remoteAddress ?? "")
    if (taken !== undefined || (options.from !== undefined && options.from !== from)) {
      return void socket.destroy()
    }
    taken = socket
    server.close()
    serve(socket, `${from}:${socket.remotePort}`).then(done.resolve, done.reject)
  })

  const close = async () => {
    if (server.listening) server.close()
    if (taken === undefined) return done.reject(new Error("nobody had connected"))
    taken.destroy()
    await done.promise.catch(() => undefined)
  }
  return { port, done: done.promise, close }
}

const listenOnOneOf = async ({
  ports,
  bind,
  network = hostNetwork,
}: NetcatOptions): Promise<Server> => {
  let failure: unknown
  for (const port of ports) {
    const server = createServer({ allowHalfOpen: true })
    try {
      await network.listen(server, { bind, port })
      return server
    } catch (error) {
      failure = error
      if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") break
    }
  }
  throw failure
}

/** Ends a socket and waits until both directions are closed; rejects if the peer reset the connection. */
const end = (socket: Socket): Promise<void> =>
  new Promise((resolve, reject) => {
    const settle = () => (socket.errored ? reject(socket.errored) : resolve())
    socket.once("close", settle)
    if (socket.closed) settle()
    else socket.end()
  })
