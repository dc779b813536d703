import { once } from "node:events"
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { performance } from "node:perf_hooks"
import { plainAddress, serverUrl } from "../address.ts"
import type { FileLookup, FileRequest } from "../routes.ts"
import { hostNetwork, type Network } from "../network.ts"
import { printable, type TransferObserver, type TransferRecord } from "../transfer-record.ts"
import { sendFile } from "./send-file.ts"
import { Uploads } from "./uploads.ts"

/** Settings of an HTTP server. */
export interface HttpOptions {
  /** Local address to listen on. */
  readonly bind: string
  /** TCP port; 0 for any. */
  readonly port: number
  /** Address by which devices reach the server; it stands in boot scripts. */
  readonly address: string
  /** The network to listen on; this machine's own unless given. */
  readonly network?: Network
  readonly files: FileLookup
  /** Told of every transfer, of whatever job, and of every refusal. */
  readonly onTransfer?: (record: TransferRecord) => void
}

/** An HTTP server for published files (GET, HEAD) and for uploads that jobs expect (PUT, POST). */
export class HttpServer {
  readonly port: number
  readonly uploads = new Uploads()
  readonly #options: HttpOptions
  readonly #server: Server
  #closed = false

  private constructor(options: HttpOptions, server: Server) {
    this.#options = options
    this.#server = server
    this.port = (server.address() as AddressInfo).port
    server.on("error", () => undefined) // of one connection that could not be accepted
    server.on("request", (request, response) => void this.#answer(request, response))
  }

  /** Starts a server; rejects with the error of the system if the port cannot be had. */
  static async listen(options: HttpOptions): Promise<HttpServer> {
    // Uploads of gigabytes from slow boards take longer than the default of 5 minutes for a request;
    // whoever expects an upload has a deadline of its own.
    const server = createServer({ requestTimeout: 0 })
    // busybox nc closes its direction when its input ends, which is before it has been answered. Node
    // would hang up then; this property of its server, older than its documentation, says not to.
    Object.assign(server, { httpAllowHalfOpen: true })
    await (options.network ?? hostNetwork).listen(server, options)
    return new HttpServer(options, server)
  }

  /** Ends all transfers and gives the port back. */
  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    const closed = once(this.#server, "close")
    this.#server.close()
    this.#server.closeAllConnections()
    await closed
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on("error", () => undefined) // writing to a device that hung up; seen by the writer
    const began = performance.now()
    const { remoteAddress = "", remotePort } = request.socket
    const path = requestedPath(request.url ?? "")
    const origin = serverUrl("http", this.#options.address, this.port)
    const exchange: Exchange = {
      request,
      response,
      question: { path, peer: remoteAddress, origin },
      peer: `${plainAddress(remoteAddress)}:${remotePort}`,
    }
    const { observer, ...ending } = await this.#handle(exchange)
    const record: TransferRecord = {
      protocol: "http",
      peer: exchange.peer,
      file: printable(path),
      ms: Math.round(performance.now() - began),
      retransmits: 0,
      ...ending,
    }
    observer?.onTransfer?.(record)
    this.#options.onTransfer?.(record)
  }

  #handle(exchange: Exchange): Ending | Promise<Ending> {
    const { request, response } = exchange
    if (request.method === "GET" || request.method === "HEAD") return this.#send(exchange)
    if (request.method === "PUT" || request.method === "POST") return this.#receive(exchange)
    response.setHeader("Allow", "GET, HEAD, PUT, POST")
    return this.#refuse(exchange, 405, "only GET, HEAD, PUT and POST are served")
  }

  async #send(exchange: Exchange): Promise<Ending> {
    const { request, response, question, peer } = exchange
    const found = this.#options.files.lookup(question)
    if (found === undefined) return this.#refuse(exchange, 404, "not found")
    const { file, observer } = found
    const { bytes, size, error } = await sendFile(request, response, file, (sent, total) =>
      observer.onProgress?.({ file: question.path, peer, bytes: sent, total }),
    )
    const ended = { observer, direction: "to-device", bytes, size } as const
    if (error === undefined) return { ...ended, outcome: "complete" }
    const outcome = file.withdrawn ? "withdrawn" : this.#closed ? "closed" : "aborted"
    return { ...ended, outcome, reason: error.message }
  }

  async #receive({ request, response, question, peer }: Exchange): Promise<Ending> {
    const path = question.path.slice(1)
    const observer = this.uploads.observerOf(path)
    const { bytes, error } = await this.uploads.receive(
      path,
      request,
      response,
      (received, total) =>
        observer?.onProgress?.({
          file: question.path,
          peer,
          bytes: received,
          ...(total !== undefined && { total }),
        }),
    )
    const ended = { observer, direction: "from-device", bytes } as const
    if (error === undefined) return { ...ended, outcome: "complete" }
    return { ...ended, outcome: bytes === 0 ? "refused" : "aborted", reason: error.message }
  }

  #refuse({ response, question }: Exchange, status: number, reason: string): Ending {
    response.writeHead(status, { "Content-Type": "text/plain" }).end(`${reason}\n`)
    const observer = this.#options.files.observerOf(question)
    return { observer, direction: "to-device", bytes: 0, outcome: "refused", reason }
  }
}

interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly question: FileRequest
  /** Address and port. */
  readonly peer: string
}

type Ending = Pick<TransferRecord, "direction" | "bytes" | "size" | "outcome" | "reason"> & {
  readonly observer: TransferObserver | undefined
}

/** The path of a request as it was meant; empty, which is no file's, if it is not well encoded. */
const requestedPath = (url: string): string => {
  try {
    return decodeURIComponent(url.replace(/[?#].*$/s, ""))
  } catch {
    return ""
  }
}
