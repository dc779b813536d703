import type { Writable } from "node:stream"
import type { ServedFile } from "./served-file.ts"

/** Bytes read and written at once. */
const CHUNK = 256 * 1024

/**
 * Writes the bytes from `start` up to `end` (not included) of a file to a stream, without ending it,
 * and resolves when the last has gone to the system. Two buffers take turns: one is filled while the
 * other is being sent. Rejects if the stream is closed first or the file cannot be read.
 */
export const sendRange = async (
  file: ServedFile,
  start: number,
  end: number,
  stream: Writable,
  onBytes: (sent: number) => void,
): Promise<void> => {
  const length = Math.min(CHUNK, end - start)
  const buffers = [Buffer.allocUnsafeSlow(length), Buffer.allocUnsafeSlow(length)] as const
  let flushed = Promise.resolve()
  let turn: 0 | 1 = 0
  for (let at = start; at < end; at += CHUNK) {
    const buffer = buffers[turn].subarray(0, Math.min(CHUNK, end - at))
    await fill(file, buffer, at)
    await flushed
    onBytes(at - start)
    flushed = write(stream, buffer)
    flushed.catch(() => undefined) // seen by the next await; without this Node would call it unhandled
    turn = turn === 0 ? 1 : 0
  }
  await flushed
  onBytes(end - start)
}

const fill = (file: ServedFile, buffer: Buffer, position: number): Promise<void> =>
  new Promise((resolve, reject) => {
    file.read([buffer], position, (error, bytes) => {
      if (error !== undefined) reject(error)
      else if (bytes < buffer.length) reject(new Error("the file has become shorter"))
      else resolve()
    })
  })

const write = (stream: Writable, buffer: Buffer): Promise<void> =>
  new Promise((resolve, reject) => {
    // A stream that is closed before it got its turn (a pipelined response) calls no callback.
    const onClose = () => reject(new Error("the connection was closed"))
    stream.once("close", onClose)
    stream.write(buffer, (error) => {
      stream.off("close", onClose)
      if (error) reject(error)
      else resolve()
    })
  })
