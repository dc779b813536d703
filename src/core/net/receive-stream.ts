import { createHash, randomBytes } from "node:crypto"
import { open, rename, rm } from "node:fs/promises"
import type { Readable } from "node:stream"

/** A file that has come from a device whole, as far as the protocol can tell. */
export interface ReceivedFile {
  readonly path: string
  /** Bytes. */
  readonly size: number
  /** Lower-case hex, computed on the way. */
  readonly sha256: string
}

/** What is to be received. */
export interface Receiving {
  /** Where the file appears when it is whole; one that is there is replaced. */
  readonly path: string
  readonly maxBytes: number
  /** Bytes of the whole, where known: nothing is awaited after them, since many a netcat never ends what it sends. */
  readonly size?: number | undefined
  /** Lower-case hex; a file with another checksum is thrown away. */
  readonly sha256?: string
  /** Called with the number of bytes so far. */
  readonly onBytes: (received: number) => void
}

/** What came is not what was allowed; the message says why. */
export class UnwantedContent extends Error {
  readonly reason: "too-large" | "wrong-checksum"
  constructor(reason: "too-large" | "wrong-checksum", message: string) {
    super(message)
    this.reason = reason
  }
}

/**
 * Writes a stream to a file. What came of a broken or unwanted one is removed. Rejects with
 * UnwantedContent, without closing the stream, or with the stream's or the disk's error.
 */
export const receiveStream = async (
  stream: Readable,
  { path, maxBytes, size: whole, sha256, onBytes }: Receiving,
): Promise<ReceivedFile> => {
  const partial = `${path}.${randomBytes(6).toString("hex")}.part`
  const hash = createHash("sha256")
  let size = 0
  const file = await open(partial, "wx", 0o600)
  try {
    const chunks = whole === 0 ? [] : stream.iterator({ destroyOnReturn: false })
    for await (const chunk of chunks as AsyncIterable<Buffer>) {
      size += chunk.length
      if (size > maxBytes) throw tooLarge(maxBytes)
      hash.update(chunk)
      await file.writeFile(chunk) // goes on where the last one ended, and writes all of it
      onBytes(size)
      if (size === whole) break
    }
    const received = { path, size, sha256: hash.digest("hex") }
    if (sha256 !== undefined && sha256 !== received.sha256) {
      const message = `expected sha256 ${sha256}, received ${size} bytes with ${received.sha256}`
      throw new UnwantedContent("wrong-checksum", message)
    }
    await file.close()
    await rename(partial, path)
    return received
  } catch (error) {
    await file.close()
    await rm(partial, { force: true })
    throw error
  }
}

/** The error for a file that is larger than `maxBytes`. */
export const tooLarge = (maxBytes: number): UnwantedContent =>
  new UnwantedContent("too-large", `more than the ${maxBytes} bytes that are allowed`)
