import type { Socket } from "node:dgram"
import type { ServedFile } from "../served-file.ts"
import { printable, type TransferOutcome } from "../transfer-record.ts"
import { BlockBuffer } from "./block-buffer.ts"
import type { TransferSettings } from "./options.ts"
import { decode, encode, ErrorCode, Opcode } from "./packet.ts"

/** When an unanswered packet is sent again, and for how long. */
export interface Retransmission {
  /** Milliseconds until the first repetition; doubled with each further one, up to eight-fold. */
  readonly afterMs: number
  /** Repetitions without an answer until the device counts as gone. */
  readonly limit: number
}

/** How a transfer has ended. */
export interface TransferEnd {
  readonly outcome: TransferOutcome
  readonly reason: string | undefined
}

/**
 * Sends one file to one device, from a socket of its own that is connected to the device's: the kernel
 * hands over packets of that peer only (its TID, RFC 1350 section 4), and an ICMP "port unreachable" of
 * a device that has gone away ends the transfer at once.
 *
 * It is driven by the device's acknowledgements and by `tick`, which the server calls for all transfers
 * from one coarse timer: no timer, promise or closure is made for a block.
 */
export class Transfer {
  /** Packets sent again. */
  retransmits = 0
  readonly #socket: Socket
  readonly #file: ServedFile
  readonly #settings: TransferSettings
  readonly #retransmission: Retransmission
  readonly #onEnd: (end: TransferEnd) => void
  readonly #blocks: BlockBuffer
  readonly #stopListening: () => void
  /** Blocks acknowledged; -1 until the OACK is. */
  #acked: number
  /** Last block sent. */
  #sent = 0
  /** Highest block ever sent: one sent again is a retransmission. */
  #highest = 0
  /** Whether a repeated acknowledgement of `#acked` has been acted upon already. */
  #repeated = false
  #retries = 0
  #deadline = 0
  #ended = false

  constructor(
    socket: Socket,
    file: ServedFile,
    settings: TransferSettings,
    retransmission: Retransmission,
    onEnd: (end: TransferEnd) => void,
  ) {
    this.#socket = socket
    this.#file = file
    this.#settings = settings
    this.#retransmission = retransmission
    this.#onEnd = onEnd
    this.#acked = settings.accepted.length > 0 ? -1 : 0
    this.#blocks = new BlockBuffer(file, settings.blksize, settings.windowsize, this.#onFilled)
    this.#stopListening = file.onWithdrawn(() =>
      this.abort("withdrawn", "the job that published the file has ended"),
    )
    socket.on("message", this.#onMessage)
    socket.on("error", this.#onSocketError)
  }

  /** Bytes of the file that the device has acknowledged. */
  get bytes(): number {
    return Math.min(Math.max(0, this.#acked) * this.#settings.blksize, this.#file.size)
  }

  /** Sends the first packet. `now` is the server's clock in milliseconds. */
  start(now: number): void {
    this.#deadline = now + this.#interval()
    this.#blocks.acknowledged(0)
    if (this.#acked < 0) this.#sendOack()
  }

  /** Sends again what is overdue; ends the transfer if the device has been silent for too long. */
  tick(now: number): void {
    if (this.#ended) return
    if (this.#deadline === 0) this.#deadline = now + this.#interval()
    if (now < this.#deadline) return
    this.#deadline = now + this.#interval(1)
    // Nothing is owed by the device while the next block is still being read from disk.
    if (this.#acked >= 0 && this.#sent === this.#acked) return
    if (this.#retries++ >= this.#retransmission.limit) {
      return this.#end("vanished", `no answer to ${this.#retries} packets in a row`)
    }
    this.repeat()
  }

  /** Sends the unacknowledged packets again. */
  repeat(): void {
    if (this.#acked < 0) {
      this.retransmits++
      return this.#sendOack()
    }
    this.#sent = this.#acked
    this.#fillWindow()
  }

  /** Whether the device has not answered anything yet. */
  get unanswered(): boolean {
    return this.#acked <= 0
  }

  /** Ends the transfer and tells the device why. */
  abort(outcome: TransferOutcome, reason: string): void {
    if (this.#ended) return
    this.#send(encode({ type: "ERROR", code: ErrorCode.undefined, message: reason }))
    this.#end(outcome, reason)
  }

  /** Ends the transfer without a word to the device. */
  drop(outcome: TransferOutcome, reason: string): void {
    this.#end(outcome, reason)
  }

  readonly #onMessage = (packet: Buffer): void => {
    if (this.#ended) return
    if (packet.length >= 4 && packet[0] === 0 && packet[1] === Opcode.ACK) {
      this.#onAck(packet.readUInt16BE(2))
    } else {
      this.#onOther(packet)
    }
  }

  #onAck(number: number): void {
    if (this.#acked < 0) {
      if (number !== 0) return
      this.#acked = 0
      return this.#advance()
    }
    const newly = (number - this.#acked) & 0xffff
    if (newly > this.#sent - this.#acked) return // of an earlier window, or of no block of ours
    if (newly === 0) return this.#onRepeatedAck()
    this.#acked += newly
    if (this.#acked === this.#blocks.total) return this.#end("complete", undefined)
    // Less than the whole window: the device misses the block after it and waits for it (RFC 7440).
    if (this.#acked < this.#sent) {
      this.#sent = this.#acked
      this.#repeated = true
    } else {
      this.#repeated = false
    }
    this.#advance()
  }

  /**
   * With a window of one block, a repeated ACK is never answered: two for each block would follow for
   * the rest of the file (RFC 1123 section 4.2.3.1). With larger windows it says that the first block
   * of the window was lost, and is answered once.
   */
  #onRepeatedAck(): void {
    if (this.#settings.windowsize === 1 || this.#repeated || this.#sent === this.#acked) return
    this.#repeated = true
    this.#sent = this.#acked
    this.#fillWindow()
  }

  #advance(): void {
    this.#retries = 0
    this.#deadline = 0 // set by the next tick, which saves reading the clock for each packet
    this.#blocks.acknowledged(this.#acked)
    this.#fillWindow()
  }

  #fillWindow(): void {
    const last = Math.min(this.#blocks.total, this.#acked + this.#settings.windowsize)
    while (this.#sent < last && !this.#ended) {
      const packet = this.#blocks.packet(this.#sent + 1)
      if (packet === undefined) return // goes on in #onFilled
      this.#sent++
      if (this.#sent > this.#highest) this.#highest = this.#sent
      else this.retransmits++
      this.#socket.send(packet)
    }
  }

  readonly #onFilled = (error: Error | undefined): void => {
    if (this.#ended) return
    if (error !== undefined) return this.abort("failed", error.message)
    if (this.#acked >= 0) this.#fillWindow()
  }

  #onOther(bytes: Buffer): void {
    const packet = decode(bytes)
    if (packet?.type === "ERROR") {
      const said = printable(packet.message)
      const reason = `the device sent error ${packet.code}${said && `: ${said}`}`
      const probe = this.#settings.tsizeAsked && this.bytes === 0
      return this.#end(probe ? "probed" : "aborted", reason)
    }
    const { illegalOperation } = ErrorCode
    const message = "only ACK and ERROR are expected during a read"
    this.#send(encode({ type: "ERROR", code: illegalOperation, message }))
    this.#end("aborted", "the device sent a packet that has no place in a read transfer")
  }

  readonly #onSocketError = (error: NodeJS.ErrnoException): void => {
    if (error.code === "ECONNREFUSED") {
      const probe = this.#settings.tsizeAsked && this.bytes === 0
      return this.#end(probe ? "probed" : "vanished", "the device has closed its port")
    }
    // A board between two resets is unreachable for a while: EHOSTUNREACH and the like are packet loss.
  }

  #sendOack(): void {
    this.#send(encode({ type: "OACK", options: this.#settings.accepted }))
  }

  #send(packet: Uint8Array): void {
    this.#socket.send(packet, () => undefined)
  }

  #interval(further = 0): number {
    if (this.#settings.timeoutMs !== undefined) return this.#settings.timeoutMs
    return this.#retransmission.afterMs * Math.min(8, 2 ** (this.#retries + further))
  }

  #end(outcome: TransferOutcome, reason: string | undefined): void {
    if (this.#ended) return
    this.#ended = true
    this.#stopListening()
    this.#socket.close()
    this.#onEnd({ outcome, reason })
  }
}
