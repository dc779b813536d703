import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http"
import { sendRange } from "../send-stream.ts"
import type { ServedFile } from "../served-file.ts"
import { parseRange } from "./range.ts"

/** What became of a response. */
export interface Sent {
  readonly bytes: number
  readonly size: number
  /** Why not all was sent. */
  readonly error?: Error
}

/**
 * Answers GET or HEAD with a file: ranges, and, where its checksum is known, ETag, conditional requests,
 * `Repr-Digest` (RFC 9530) and `X-Checksum-Sha256`. Never rejects.
 */
export const sendFile = async (
  request: IncomingMessage,
  response: ServerResponse,
  file: ServedFile,
  onBytes: (sent: number, size: number) => void,
): Promise<Sent> => {
  const { size, sha256 } = file
  const etag = sha256 === undefined ? undefined : `"${sha256}"`
  const headers: OutgoingHttpHeaders = {
    "Accept-Ranges": "bytes",
    "Content-Type": "application/octet-stream",
    ...(sha256 !== undefined && {
      ETag: etag,
      "Repr-Digest": `sha-256=:${Buffer.from(sha256, "hex").toString("base64")}:`,
      "X-Checksum-Sha256": sha256,
    }),
  }
  if (etag !== undefined && request.headers["if-none-match"] === etag) {
    response.writeHead(304, headers).end()
    return { bytes: 0, size: 0 }
  }
  // A range of a file that the device began to fetch when it was another one would be no use to it.
  const ifRange = request.headers["if-range"]
  const heeded = ifRange === undefined || ifRange === etag
  const range = heeded ? parseRange(request.headers.range, size) : undefined
  if (range === "unsatisfiable") {
    response.writeHead(416, { ...headers, "Content-Range": `bytes */${size}` }).end()
    return { bytes: 0, size: 0 }
  }
  const { start, end } = range ?? { start: 0, end: size }
  response.writeHead(range === undefined ? 200 : 206, {
    ...headers,
    "Content-Length": end - start,
    ...(range !== undefined && { "Content-Range": `bytes ${start}-${end - 1}/${size}` }),
  })
  if (request.method === "HEAD") {
    response.end()
    return { bytes: 0, size: 0 }
  }
  let bytes = 0
  const stop = file.onWithdrawn(() => response.destroy())
  try {
    await sendRange(file, start, end, response, (sent) => onBytes((bytes = sent), end - start))
    response.end()
    return { bytes, size: end - start }
  } catch (error) {
    response.destroy()
    return { bytes, size: end - start, error: error as Error }
  } finally {
    stop()
  }
}
