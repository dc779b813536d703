import { createHash } from "node:crypto"
import { once } from "node:events"
import { createServer, type IncomingMessage, type RequestListener } from "node:http"
import type { AddressInfo } from "node:net"

/** A running HTTP server on a port of its own, and the requests that it has seen. */
export interface FileServer extends AsyncDisposable {
  readonly url: string
  readonly requests: ReadonlyArray<IncomingMessage>
}

/** Starts a server on the loopback interface. */
export const serve = async (listener: RequestListener): Promise<FileServer> => {
  const requests: Array<IncomingMessage> = []
  const server = createServer((request, response) => {
    requests.push(request)
    listener(request, response)
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, "close")
    },
  }
}

/** What a server does other than a good one. */
export interface Manners {
  /** Bytes after which the n-th answer is cut; later ones are whole. */
  readonly cuts?: ReadonlyArray<number>
  /** Every answer is cut where this many bytes of the file have been sent. */
  readonly endsAt?: number
  /** Stop sending instead of cutting. */
  readonly stalls?: boolean
  readonly ranges?: boolean
  readonly etag?: string | null
  readonly lastModified?: string
  /** Do not say how long the file is. */
  readonly chunked?: boolean
}

/** Serves one file as nginx does: ranges, If-Range, conditional requests. `content` may change. */
export const fileListener = (content: () => Buffer, manners: Manners = {}): RequestListener => {
  const { cuts = [], endsAt, stalls = false, ranges = true, chunked = false } = manners
  let answers = 0
  return (request, response) => {
    const file = content()
    const hash = createHash("md5").update(file).digest("hex")
    const etag = manners.etag === undefined ? `"${hash}"` : manners.etag
    if (etag !== null) response.setHeader("etag", etag)
    if (manners.lastModified) response.setHeader("last-modified", manners.lastModified)
    const { "if-none-match": match, "if-modified-since": since, range } = request.headers
    if ((match && match === etag) || (since && since === manners.lastModified)) {
      response.writeHead(304).end()
      return
    }
    const condition = request.headers["if-range"]
    const fresh = !condition || condition === etag || condition === manners.lastModified
    const from = ranges && fresh ? Number(/^bytes=(\d+)-$/.exec(range ?? "")?.[1] ?? 0) : 0
    const rest = file.subarray(from)
    response.writeHead(from > 0 ? 206 : 200, {
      ...(!chunked && { "content-length": rest.length }),
      ...(from > 0 && { "content-range": `bytes ${from}-${file.length - 1}/${file.length}` }),
    })
    const length = cuts[answers++] ?? (endsAt === undefined ? rest.length : endsAt - from)
    if (length >= rest.length) response.end(rest)
    else {
      response.write(rest.subarray(0, length), () => stalls || response.socket?.destroySoon())
      response.flushHeaders()
    }
  }
}
