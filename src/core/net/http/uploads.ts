import { randomBytes } from "node:crypto"
import type { IncomingMessage, ServerResponse } from "node:http"
import {
  type ReceivedFile,
  type Receiving,
  receiveStream,
  tooLarge,
  UnwantedContent,
} from "../receive-stream.ts"
import type { TransferObserver } from "../transfer-record.ts"

/** A file that one device may send, once. */
export interface ExpectedUpload extends Omit<Receiving, "onBytes">, TransferObserver {
  /** Called once, with what came or with what went wrong. */
  readonly onEnd: (result: ReceivedFile | Error) => void
}

/**
 * Uploads that are expected, each at an unguessable path of its own that is good for one attempt.
 * Raw bodies by PUT or POST, of a declared length or chunked, so that a cut upload is noticed.
 */
export class Uploads {
  readonly #expected = new Map<string, ExpectedUpload>()
  readonly #running = new Map<string, IncomingMessage>()

  /** Expects an upload; answers its path, without leading slash. */
  expect(upload: ExpectedUpload): string {
    const path = `upload/${randomBytes(12).toString("hex")}`
    this.#expected.set(path, upload)
    return path
  }

  /** Expects it no longer; one that is under way is cut off. */
  withdraw(path: string): void {
    this.#expected.delete(path)
    this.#running.get(path)?.destroy()
  }

  /** Who is told of an upload to `path`, while it is expected. */
  observerOf(path: string): TransferObserver | undefined {
    return this.#expected.get(path)
  }

  /** Receives a request's body if it is expected at `path`, and answers the request. */
  async receive(
    path: string,
    request: IncomingMessage,
    response: ServerResponse,
    onBytes: (received: number, total: number | undefined) => void,
  ): Promise<Received> {
    const upload = this.#expected.get(path)
    if (upload === undefined) {
      return refuse(request, response, 404, new Error("no upload is expected here"))
    }
    const length = request.headers["content-length"]
    if (length === undefined && request.headers["transfer-encoding"] === undefined) {
      const error = new Error("a Content-Length is needed: without it a cut upload looks whole")
      return refuse(request, response, 411, error)
    }
    this.#expected.delete(path)
    this.#running.set(path, request)
    const total = length === undefined ? undefined : Number(length)
    const received = await receiveBody(upload, total, request, response, onBytes)
    this.#running.delete(path)
    upload.onEnd(received.file ?? received.error)
    return received
  }
}

/** What came of an upload: the whole file, or why there is none. */
export type Received = { readonly bytes: number } & (
  | { readonly file: ReceivedFile; readonly error?: never }
  | { readonly file?: never; readonly error: Error }
)

const receiveBody = async (
  upload: ExpectedUpload,
  total: number | undefined,
  request: IncomingMessage,
  response: ServerResponse,
  onBytes: (received: number, total: number | undefined) => void,
): Promise<Received> => {
  const { maxBytes } = upload
  if (total !== undefined && total > maxBytes) {
    return refuse(request, response, 413, tooLarge(maxBytes))
  }
  let bytes = 0
  try {
    const file = await receiveStream(request, {
      ...upload,
      onBytes: (received) => onBytes((bytes = received), total),
    })
    response.writeHead(201, { "Content-Type": "text/plain" })
    response.end(`${file.sha256} ${file.size}\n`)
    return { bytes, file }
  } catch (error) {
    if (error instanceof UnwantedContent) {
      const status = error.reason === "too-large" ? 413 : 422
      return refuse(request, response, status, error, bytes)
    }
    if (!request.destroyed) return refuse(request, response, 500, error as Error, bytes)
    const of = total === undefined ? "" : ` of ${total}`
    return { bytes, error: new Error(`the connection was cut after ${bytes}${of} bytes`) }
  }
}

/** Milliseconds that a device has to read why it is refused before its connection is closed. */
const LINGER_MS = 1000

/** Says no and hangs up; what the device still sends is thrown away meanwhile, or it would miss the answer. */
const refuse = (
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  error: Error,
  bytes = 0,
): Received => {
  response.writeHead(status, { "Content-Type": "text/plain", Connection: "close" })
  response.end(`${error.message}\n`)
  request.resume()
  setTimeout(() => request.destroy(), LINGER_MS).unref()
  return { bytes, error }
}
