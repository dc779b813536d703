import type { ServedFile } from "../served-file.ts"
import { Opcode } from "./packet.ts"

const HEADER = 4
/**
 * What is read at once: so many bytes, but no fewer than so many blocks, since devices that ask for the
 * largest blocks are also the ones that a turn through the thread pool (12 µs) would hold up.
 */
const READ_BYTES = 128 * 1024
const READ_BLOCKS = 8
/** Most buffers that one readv takes (IOV_MAX on Linux). */
const READ_VECTORS = 1024

/**
 * The DATA packets of a file, ready to be sent, in two halves of a ring: while the packets of one are
 * being sent, the other is filled from the file. The file is read straight into the packets, behind
 * room for their headers, so that nothing is copied or allocated for a block.
 *
 * Blocks are counted from 1 without wrapping; only the number in a packet wraps after 65535.
 */
export class BlockBuffer {
  /** Blocks of the file; the last is shorter than the others, empty if need be (RFC 1350 section 6). */
  readonly total: number
  readonly #file: ServedFile
  readonly #blksize: number
  readonly #half: number
  readonly #packets: ReadonlyArray<Buffer>
  readonly #payloads: ReadonlyArray<Buffer>
  /** Which part of the file (counted in halves) each half of the ring holds, or -1. */
  readonly #held: [number, number] = [-1, -1]
  #requested = -1
  readonly #onFilled: (error: Error | undefined) => void

  /**
   * `onFilled` is called whenever packets have become ready, or with the error of a read. At most
   * `windowsize` packets are asked for beyond what was given to `acknowledged`.
   */
  constructor(
    file: ServedFile,
    blksize: number,
    windowsize: number,
    onFilled: (error: Error | undefined) => void,
  ) {
    this.total = Math.floor(file.size / blksize) + 1
    this.#file = file
    this.#blksize = blksize
    this.#onFilled = onFilled
    const reading = Math.max(READ_BLOCKS, Math.ceil(READ_BYTES / blksize))
    this.#half = Math.min(this.total, READ_VECTORS, Math.max(windowsize, reading))
    const count = this.#half < this.total ? 2 * this.#half : this.#half
    const length = HEADER + blksize
    const memory = Buffer.allocUnsafeSlow(count * length)
    this.#packets = Array.from({ length: count }, (_, i) =>
      memory.subarray(i * length, (i + 1) * length),
    )
    this.#payloads = this.#packets.map((packet) => packet.subarray(HEADER))
    for (const packet of this.#packets) packet.writeUInt16BE(Opcode.DATA)
  }

  /** Says that all blocks up to this one need not be sent again; 0 starts the reading. */
  acknowledged(block: number): void {
    const current = Math.floor(block / this.#half)
    while (this.#requested <= current && (this.#requested + 1) * this.#half < this.total) {
      this.#fill(++this.#requested)
    }
  }

  /** The packet of a block, or undefined while it is being read. Valid until it is acknowledged. */
  packet(block: number): Buffer | undefined {
    const part = Math.floor((block - 1) / this.#half)
    if (this.#held[part & 1] !== part) return undefined
    const packet = this.#packets[(block - 1) % this.#packets.length]
    if (packet === undefined) return undefined
    packet[2] = block >> 8
    packet[3] = block
    return block < this.total ? packet : packet.subarray(0, HEADER + this.#lastLength())
  }

  #fill(part: number): void {
    const first = part * this.#half
    const blocks = Math.min(this.#half, this.total - first)
    const at = (part & 1) * this.#half
    const expected = Math.min(blocks * this.#blksize, this.#file.size - first * this.#blksize)
    const filled = (error: Error | undefined, bytes: number) => {
      if (error === undefined && bytes < expected) {
        return this.#onFilled(new Error("the file has become shorter while it was served"))
      }
      if (error === undefined) this.#held[part & 1] = part
      this.#onFilled(error)
    }
    if (expected === 0) return filled(undefined, 0)
    this.#held[part & 1] = -1
    this.#file.read(this.#payloads.slice(at, at + blocks), first * this.#blksize, filled)
  }

  #lastLength(): number {
    return this.#file.size - (this.total - 1) * this.#blksize
  }
}
