import * as fs from "node:fs"

/** Bytes are written when about this many have gathered, or after `flushMs`. */
const flushBytes = 64 * 1024
const flushMs = 100
/** A disk that is this many bytes behind has failed: the memory is not a place for what it does not take. */
const backlogLimit = 64 * 1024 * 1024

/** The files with something left to write when the process exits. */
const open = new Set<BufferedFile>()
const finishAll = () => {
  for (const file of open) file.finishNow()
}

/**
 * A new file that is appended to in large pieces, without ever holding up the caller. What was given
 * to it is on disk after `close`, and also when the process exits without closing it. The first
 * write error is told once, and the rest is then dropped.
 */
export class BufferedFile {
  readonly #fd: number
  readonly #onError: (error: Error) => void
  #pending: Array<Uint8Array | string> = []
  #pendingBytes = 0
  #writing: Uint8Array | undefined
  #position = 0
  #timer: NodeJS.Timeout | undefined
  #ended = false
  #whenWritten: (() => void) | undefined

  /** Opens the file, emptying it when it exists. Throws what `fs.openSync` throws. */
  constructor(path: string, onError: (error: Error) => void) {
    this.#fd = fs.openSync(path, "w")
    this.#onError = onError
    if (open.size === 0) process.on("exit", finishAll)
    open.add(this)
  }

  /** Adds bytes, which must not change afterwards, or text, which is written as UTF-8. */
  write(data: Uint8Array | string): void {
    if (this.#ended) return
    this.#pending.push(data)
    this.#pendingBytes += data.length
    if (this.#pendingBytes >= flushBytes) this.#flush()
    else this.#timer ??= setTimeout(() => this.#flush(), flushMs)
    if (this.#pendingBytes > backlogLimit) this.#fail(new Error("the disk is too slow"))
  }

  /** Writes what is left and closes the file. */
  async close(): Promise<void> {
    if (!open.has(this)) return
    await new Promise<void>((resolve) => {
      this.#whenWritten = resolve
      this.#flush()
    })
    this.#ended = true
    open.delete(this)
    if (open.size === 0) process.off("exit", finishAll)
    await new Promise<void>((resolve) => fs.close(this.#fd, () => resolve()))
  }

  /** Writes what is left while the process exits, when nothing can be waited for any more. */
  finishNow(): void {
    try {
      // A write under way may or may not come to pass: to repeat it at its place does no harm.
      const bytes = Buffer.concat([this.#writing ?? Buffer.alloc(0), this.#gather()])
      let written = 0
      while (written < bytes.length) {
        const position = this.#position + written
        written += fs.writeSync(this.#fd, bytes, written, bytes.length - written, position)
      }
    } catch {
      // The process is gone in a moment; there is nobody left to tell.
    }
  }

  #gather(): Uint8Array {
    const bytes = Buffer.concat(
      this.#pending.map((data) => (typeof data === "string" ? Buffer.from(data) : data)),
    )
    this.#pending = []
    this.#pendingBytes = 0
    return bytes
  }

  #flush(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#writing) return
    if (this.#pendingBytes === 0) return this.#whenWritten?.()
    this.#writing = this.#gather()
    this.#writeOn()
  }

  #writeOn(): void {
    const bytes = this.#writing!
    fs.write(this.#fd, bytes, 0, bytes.length, this.#position, (error, written) => {
      if (error) this.#fail(error)
      else this.#position += written
      this.#writing = this.#ended || written === bytes.length ? undefined : bytes.subarray(written)
      if (this.#writing) this.#writeOn()
      else this.#flush()
    })
  }

  #fail(error: Error): void {
    if (this.#ended) return
    this.#ended = true
    this.#pending = []
    this.#pendingBytes = 0
    this.#onError(error)
  }
}
