import { open, type FileHandle } from "node:fs/promises"
import { type Checksums, Digest } from "./checksum.ts"

const blockSize = 1 << 20

/**
 * A file being written front to back, and the checksums of what was written. One block is on its way
 * to the disk while the next is gathered and hashed.
 */
export class OutputFile {
  readonly path: string
  readonly #handle: FileHandle
  readonly #wanted: Checksums
  #digest: Digest
  #size = 0
  #pending: Array<Uint8Array> = []
  /** Bytes that have left #pending. */
  #sent = 0
  #sending = Promise.resolve()

  private constructor(path: string, handle: FileHandle, wanted: Checksums) {
    this.path = path
    this.#handle = handle
    this.#wanted = wanted
    this.#digest = new Digest(wanted)
  }

  /** Creates the file; it must not exist. SHA-256 is computed always, others as `wanted` has them. */
  static async create(path: string, wanted: Checksums = {}): Promise<OutputFile> {
    return new OutputFile(path, await open(path, "wx"), wanted)
  }

  /** Bytes written so far. */
  get size(): number {
    return this.#size
  }

  /** Takes bytes, which the caller leaves alone from now on; rejects where an earlier write failed. */
  async write(chunk: Uint8Array): Promise<void> {
    this.#digest.update(chunk)
    this.#size += chunk.length
    this.#pending.push(chunk)
    if (this.#size - this.#sent >= blockSize) await this.#send()
  }

  /** Forgets what was written, to begin again. */
  async restart(): Promise<void> {
    await this.#send()
    await this.#sending
    await this.#handle.truncate(0)
    this.#digest = new Digest(this.#wanted)
    this.#size = 0
    this.#sent = 0
  }

  /** Brings the file to the disk, so that a power cut leaves the whole of it or none, and answers its checksums. */
  async finish() {
    await this.#send()
    await this.#sending
    await this.#handle.datasync()
    return this.#digest.finish()
  }

  /** Begins to write what is pending; at most one write is under way. */
  async #send(): Promise<void> {
    const block = Buffer.concat(this.#pending)
    const position = this.#sent
    this.#pending = []
    this.#sent = this.#size
    await this.#sending
    this.#sending = this.#writeBlock(block, position)
    // the next send, restart or finish reports a failure
    this.#sending.catch(() => {})
  }

  async #writeBlock(block: Buffer, position: number): Promise<void> {
    for (let done = 0; done < block.length;) {
      const rest = block.length - done
      const { bytesWritten } = await this.#handle.write(block, done, rest, position + done)
      done += bytesWritten
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#sending.catch(() => {})
    await this.#handle.close()
  }
}
