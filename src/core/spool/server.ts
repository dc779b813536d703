import { createHash, timingSafeEqual } from "node:crypto"
import { once } from "node:events"
import { mkdir, rename, rm } from "node:fs/promises"
import { createWriteStream } from "node:fs"
import type { IncomingMessage, ServerResponse } from "node:http"
import { createServer, type Server } from "node:https"
import type { AddressInfo } from "node:net"
import { dirname } from "node:path"
import { Transform } from "node:stream"
import { pipeline } from "node:stream/promises"
import * as Effect from "effect/Effect"
import { messageOf } from "../pipeline/errors.ts"
import type { HostSpool } from "./host-spool.ts"
import { isParcelFile, openPlain } from "./parcel.ts"

/** What a server of spools needs. */
export interface SpoolServerOptions {
  /** Local address to listen on. */
  readonly bind: string
  /** TCP port; 0 for any. */
  readonly port: number
  /** The server's private key and its certificate, in PEM. */
  readonly key: string
  readonly cert: string
  readonly spools: ReadonlyArray<HostSpool>
  /** Told of every request that was answered, and how. */
  readonly onAnswer: (answer: SpoolAnswer) => void
}

/** An answer of the server. */
export interface SpoolAnswer {
  /** Address of who asked. */
  readonly peer: string
  readonly method: string
  readonly path: string
  /** The status of HTTP. */
  readonly status: number
  /** What was wrong, where something was. */
  readonly reason?: string
}

/** No host sends a larger file, in bytes. */
const largestUpload = 512 * 1024 * 1024

/** Why a request is refused. */
class Refusal extends Error {
  readonly status: number
  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

/**
 * Serves spools over HTTPS: `/HOST/config/...` and `/HOST/current/...` are read; `/HOST/state`, and
 * `/HOST/results/ID/...` of the job that the host has, are written, by PUT or POST. Each host has a token of its own.
 */
export class SpoolServer {
  readonly port: number
  readonly #server: Server
  readonly #spools: ReadonlyMap<string, HostSpool>
  readonly #onAnswer: SpoolServerOptions["onAnswer"]

  private constructor({ spools, onAnswer }: SpoolServerOptions, server: Server) {
    this.#server = server
    this.#spools = new Map(spools.map((spool) => [spool.host, spool]))
    this.#onAnswer = onAnswer
    this.port = (server.address() as AddressInfo).port
    for (const event of ["error", "tlsClientError"]) server.on(event, () => undefined)
    server.on("request", (request, response) => void this.#serve(request, response))
  }

  /** Starts a server; rejects with the error of the system where the port cannot be had or the key is none. */
  static async listen(options: SpoolServerOptions): Promise<SpoolServer> {
    const { key, cert, bind, port } = options
    const server = createServer({ key, cert, requestTimeout: 3_600_000 })
    server.listen({ host: bind, port, exclusive: true })
    await once(server, "listening")
    return new SpoolServer(options, server)
  }

  /** Ends all requests and gives the port back. */
  async close(): Promise<void> {
    const closed = once(this.#server, "close")
    this.#server.close()
    this.#server.closeAllConnections()
    await closed
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = "", url = "/", socket } = request
    const answer = { peer: socket.remoteAddress ?? "", method, path: url }
    try {
      await this.#answer(request, response)
      this.#onAnswer({ ...answer, status: response.statusCode })
    } catch (error) {
      const [status, reason] =
        error instanceof Refusal ? [error.status, error.message] : [500, messageOf(error)]
      this.#onAnswer({ ...answer, status, reason })
      if (response.headersSent) return void response.destroy()
      // What was not read of the request would be taken for the next one.
      response.writeHead(status, { connection: "close" }).end(`${reason}\n`)
    }
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, host = "", ...parts] = (request.url ?? "/").split("/")
    const spool = this.#spools.get(host)
    // Who has no token is not told which hosts there are.
    if (!spool || !(await knows(spool, request.headers.authorization))) {
      throw new Refusal(401, "expected the host's name in the path and its token")
    }
    if (request.method === "GET") return send(response, await readable(spool, parts))
    if (request.method === "PUT" || request.method === "POST") {
      await receive(request, await writable(spool, parts))
      response.writeHead(204).end()
      return
    }
    throw new Refusal(405, "expected GET, PUT or POST")
  }
}

const knows = async (spool: HostSpool, authorization: string | undefined): Promise<boolean> => {
  const token = await Effect.runPromise(spool.token)
  return timingSafeEqual(sha256(authorization ?? ""), sha256(`Bearer ${token}`))
}

const sha256 = (text: string): Buffer => createHash("sha256").update(text).digest()

/** The path of a file that the host may read. */
const readable = async (
  spool: HostSpool,
  [part = "", name = "", ...more]: ReadonlyArray<string>,
): Promise<string> => {
  if ((part === "config" || part === "current") && isParcelFile(name) && more.length === 0) {
    return spool.path(part, name)
  }
  throw new Refusal(404, "there is no such file for a host to read")
}

/** The path of a file that the host may write: its state, or a result of the job that it has. */
const writable = async (spool: HostSpool, parts: ReadonlyArray<string>): Promise<string> => {
  const [part = "", id = "", name = "", ...more] = parts
  if (part === "state" && parts.length === 1) return spool.path("state")
  if (part !== "results" || !isParcelFile(name) || more.length > 0) {
    throw new Refusal(404, "there is no such file for a host to write")
  }
  const { current } = await Effect.runPromise(spool.jobs)
  if (id !== current) throw new Refusal(409, `the job ${id} is not wanted any more`)
  return spool.path("results", id, name)
}

const send = async (response: ServerResponse, path: string): Promise<void> => {
  const file = await openPlain(path).catch(() => {
    throw new Refusal(404, "there is no such file now")
  })
  const { size } = await file.stat()
  response.writeHead(200, { "content-length": size, "content-type": "application/octet-stream" })
  await pipeline(file.createReadStream(), response)
}

/** Writes a file that is seen when it is whole. */
const receive = async (request: IncomingMessage, path: string): Promise<void> => {
  const draft = `${path}.${process.pid}.${Date.now()}.part`
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  let size = 0
  const measured = new Transform({
    transform(chunk: Buffer, _, done) {
      size += chunk.length
      if (size > largestUpload) done(new Refusal(413, `expected at most ${largestUpload} bytes`))
      else done(null, chunk)
    },
  })
  try {
    await pipeline(request, measured, createWriteStream(draft, { flags: "wx", mode: 0o600 }))
    await rename(draft, path)
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  }
}
