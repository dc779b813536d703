import type { Socket } from "node:dgram"
import { once } from "node:events"
import { performance } from "node:perf_hooks"
import { messageOf } from "../../pipeline/errors.ts"
import { serverUrl } from "../address.ts"
import type { FileLookup, FileRequest, RouteAnswer } from "../routes.ts"
import type { ServedFile } from "../served-file.ts"
import { hostNetwork, type Network } from "../network.ts"
import { printable, type TransferObserver, type TransferRecord } from "../transfer-record.ts"
import { NETASCII_LIMIT, netasciiFile } from "./netascii.ts"
import { negotiate, type TransferSettings } from "./options.ts"
import { decode, encode, ErrorCode, type TftpPacket } from "./packet.ts"
import { type Peer, RequestPort } from "./request-port.ts"
import { type Retransmission, Transfer, type TransferEnd } from "./transfer.ts"

/** Settings of a TFTP server. */
export interface TftpOptions {
  /** Local address to listen on. */
  readonly bind: string
  /** UDP port; 0 for any. */
  readonly port: number
  /** The network to listen on; this machine's own unless given. */
  readonly network?: Network
  readonly files: FileLookup
  /** Told of every transfer, of whatever job, and of every refusal. */
  readonly onTransfer?: (record: TransferRecord) => void
  /** Address by which devices reach the server; it stands in boot scripts. */
  readonly address: string
  /** Default: after one second, eight times. */
  readonly retransmission?: Retransmission
}

type ReadRequest = Extract<TftpPacket, { type: "RRQ" | "WRQ" }>
interface Running {
  readonly transfer: Transfer
  readonly filename: string
  readonly progress: () => void
}

const TICK_MS = 100

/**
 * A TFTP server for reading: RFC 1350 with options (2347), blksize (2348), timeout and tsize (2349) and
 * windowsize (7440); modes octet and netascii. What a name stands for is up to `files`.
 */
export class TftpServer {
  readonly #options: TftpOptions
  readonly #network: Network
  readonly #retransmission: Retransmission
  /** By the device's address and port. */
  readonly #running = new Map<string, Running>()
  #requests: RequestPort | undefined
  #timer: NodeJS.Timeout | undefined
  #closed = false

  private constructor(options: TftpOptions) {
    this.#options = options
    this.#network = options.network ?? hostNetwork
    this.#retransmission = options.retransmission ?? { afterMs: 1000, limit: 8 }
  }

  /** Starts a server; rejects with the error of the system if the port cannot be had, nor shared in. */
  static async listen(options: TftpOptions): Promise<TftpServer> {
    const server = new TftpServer(options)
    const { bind, port } = options
    server.#requests = await RequestPort.open(
      { bind, port, network: server.#network },
      {
        answer: (bytes, peer) => server.#answer(bytes, peer),
        unanswered: (bytes, peer) => server.#unanswered(bytes, peer),
      },
    )
    return server
  }

  /** The port at which devices ask. */
  get port(): number {
    return this.#requests?.port ?? 0
  }

  /** Ends all transfers and gives the port back. */
  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    for (const { transfer } of this.#running.values()) {
      transfer.abort("closed", "the server is shutting down")
    }
    clearInterval(this.#timer)
    await this.#requests?.close()
  }

  /** Answers a packet; false where it asks for nothing of this process's jobs. */
  #answer(bytes: Buffer, peer: Peer): boolean {
    const packet = decode(bytes)
    if (packet?.type !== "RRQ" && packet?.type !== "WRQ") {
      // An ERROR is never answered with another (RFC 1350 section 7).
      if (packet?.type !== "ERROR") {
        this.#reply(peer, ErrorCode.illegalOperation, "expected a read request")
      }
      return true
    }
    const running = this.#running.get(keyOf(peer))
    if (running?.filename === packet.filename && running.transfer.unanswered) {
      running.transfer.repeat() // our answer was lost, or the request was doubled on its way
      return true
    }
    running?.transfer.drop("aborted", "the device started another transfer from the same port")

    if (packet.type === "WRQ") {
      this.#refuse(packet, peer, ErrorCode.accessViolation, "this server is read-only")
      return true
    }
    const question = this.#question(packet, peer)
    const found = this.#options.files.lookup(question)
    if (found) void this.#serve(packet, peer, found)
    else if (this.#options.files.observerOf(question)) this.#refuseUnknown(packet, peer)
    else return false
    return true
  }

  #unanswered(bytes: Buffer, peer: Peer): void {
    const packet = decode(bytes)
    if (packet?.type === "RRQ") this.#refuseUnknown(packet, peer)
  }

  #refuseUnknown(request: ReadRequest, peer: Peer): void {
    this.#refuse(request, peer, ErrorCode.fileNotFound, "File not found")
  }

  async #serve(request: ReadRequest, peer: Peer, found: RouteAnswer): Promise<void> {
    const mode = request.mode.toLowerCase()
    const text = mode === "netascii"
    if (!text && mode !== "octet") {
      const message = `mode ${JSON.stringify(request.mode)} is not served, only octet and netascii`
      return this.#refuse(request, peer, ErrorCode.illegalOperation, message)
    }
    if (text && found.file.size > NETASCII_LIMIT) {
      const message = "the file is too large for netascii, ask for it in octet mode"
      return this.#refuse(request, peer, ErrorCode.undefined, message)
    }
    try {
      const file = text ? await netasciiFile(found.file) : found.file
      await this.#start(request, peer, file, found.observer)
    } catch (error) {
      const message = `the file cannot be sent: ${messageOf(error)}`
      this.#refuse(request, peer, ErrorCode.undefined, message, "failed")
    }
  }

  async #start(
    request: ReadRequest,
    peer: Peer,
    file: ServedFile,
    observer: TransferObserver,
  ): Promise<void> {
    const key = keyOf(peer)
    const began = performance.now()
    const settings = negotiate(request.options, file.size)
    const socket = await this.#connect(peer, settings)
    if (this.#closed || file.withdrawn || this.#running.has(key)) return void socket.close()
    const { filename } = request
    const { size } = file
    const progress = () => {
      const name = `${peer.address}:${peer.port}`
      observer.onProgress?.({ file: filename, peer: name, bytes: transfer.bytes, total: size })
    }
    const transfer = new Transfer(socket, file, settings, this.#retransmission, (end) => {
      this.#running.delete(key)
      progress()
      const { bytes, retransmits } = transfer
      const ms = Math.round(performance.now() - began)
      this.#report(observer, request, peer, end, { bytes, size, ms, retransmits })
    })
    this.#running.set(key, { transfer, filename, progress })
    this.#timer ??= setInterval(() => this.#tick(), TICK_MS)
    transfer.start(began)
  }

  /** A socket of its own for a transfer: its port is the server's TID. */
  async #connect(peer: Peer, settings: TransferSettings): Promise<Socket> {
    const socket = await this.#network.bind({ bind: this.#options.bind, port: 0 })
    try {
      socket.connect(peer.port, peer.address)
      await once(socket, "connect")
      // A whole window should fit, or sending falls back to a queue in this process.
      const window = settings.windowsize * (settings.blksize + 4)
      if (window > 64 * 1024) socket.setSendBufferSize(2 * window)
      return socket
    } catch (error) {
      socket.close()
      throw error
    }
  }

  #tick(): void {
    if (this.#running.size === 0) {
      clearInterval(this.#timer)
      this.#timer = undefined
      return
    }
    const now = performance.now()
    for (const running of this.#running.values()) {
      running.transfer.tick(now)
      running.progress()
    }
  }

  #question(request: ReadRequest, peer: Peer): FileRequest {
    const origin = serverUrl("tftp", this.#options.address, this.port)
    return { path: request.filename, peer: peer.address, origin }
  }

  #refuse(
    request: ReadRequest,
    peer: Peer,
    code: number,
    reason: string,
    outcome: "refused" | "failed" = "refused",
  ): void {
    this.#reply(peer, code, reason)
    const observer = this.#options.files.observerOf(this.#question(request, peer))
    this.#report(observer, request, peer, { outcome, reason }, { bytes: 0, ms: 0, retransmits: 0 })
  }

  #reply(peer: Peer, code: number, message: string): void {
    const packet = encode({ type: "ERROR", code, message })
    this.#requests?.reply(packet, peer)
  }

  #report(
    observer: TransferObserver | undefined,
    request: ReadRequest,
    peer: Peer,
    { outcome, reason }: TransferEnd,
    figures: Pick<TransferRecord, "bytes" | "size" | "ms" | "retransmits">,
  ): void {
    const record: TransferRecord = {
      protocol: "tftp",
      direction: request.type === "RRQ" ? "to-device" : "from-device",
      peer: `${peer.address}:${peer.port}`,
      file: printable(request.filename),
      ...figures,
      outcome,
      ...(reason !== undefined && { reason }),
    }
    observer?.onTransfer?.(record)
    this.#options.onTransfer?.(record)
  }
}

const keyOf = ({ address, port }: Peer): string => `${address} ${port}`
