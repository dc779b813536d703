import type * as Http from "node:http"
import { PassThrough } from "node:stream"
import { ConfigurationError, JobError, messageOf } from "../pipeline/errors.ts"
import { shown } from "./source.ts"

/** An answer after redirects; whoever has it destroys it in the end. */
export interface HttpAnswer {
  readonly status: number
  readonly statusText: string
  readonly headers: Http.IncomingHttpHeaders
  /** Everything that came; then, where that is not all, it rejects with the connection's error. */
  readonly body: AsyncIterable<Buffer>
  readonly destroy: () => void
}

const maxRedirects = 10
const redirects = new Set([301, 302, 303, 307, 308])

/**
 * GETs a URL and follows its redirects (RFC 9110, 15.4). The bytes come as they are sent: a
 * `Content-Encoding` is not undone, since checksums and ranges count the file's own bytes, which is
 * why this is not `fetch`. `secret` headers go to the URL's own origin only, `headers` everywhere. A
 * proxy is taken from the environment (http_proxy, https_proxy, no_proxy) where Node can (24.5).
 *
 * Rejects with Node's error where no answer came, with a JobError for a redirect that leads nowhere.
 */
export const httpGet = async (
  url: string,
  headers: Http.OutgoingHttpHeaders,
  secret: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<HttpAnswer> => {
  const first = new URL(url)
  let target = first
  for (let hop = 0; hop <= maxRedirects; hop++) {
    const own = target.origin === first.origin ? lowerCased(secret) : {}
    const answer = await get(target, { ...own, ...headers }, signal)
    const location = redirects.has(answer.status) ? answer.headers.location : undefined
    if (location === undefined) return answer
    answer.destroy()
    const next = URL.parse(location, target.href)
    if (next?.protocol !== "http:" && next?.protocol !== "https:")
      throw new JobError({
        message: `${named(url)} redirects to ${named(location)}, which is not http or https; correct the URL`,
      })
    target = next
  }
  throw new JobError({
    message: `${named(url)} redirects more than ${maxRedirects} times; correct the URL`,
  })
}

const get = async (url: URL, headers: Http.OutgoingHttpHeaders, signal: AbortSignal) => {
  const http = (
    url.protocol === "https:" ? await import("node:https") : await import("node:http")
  ) as typeof Http
  const agent = new http.Agent({ proxyEnv: process.env })
  return await new Promise<HttpAnswer>((resolve, reject) => {
    const request = (() => {
      try {
        return http.request(url, { agent, headers, signal })
      } catch (error) {
        throw unsendable(url, error)
      }
    })()
    request.once("response", (message) => resolve(answerOf(message)))
    request.on("error", reject)
    request.end()
  })
}

/**
 * Node throws away what it has read and not handed out yet when a connection breaks. A pipe, set up
 * before anything else can happen, takes it out in time: it counts for resuming.
 */
const answerOf = (message: Http.IncomingMessage): HttpAnswer => {
  const received = new PassThrough({ highWaterMark: 1 << 20 })
  message.pipe(received)
  message.on("error", () => {})
  message.once("close", () => received.end())
  return {
    status: message.statusCode ?? 0,
    statusText: message.statusMessage ?? "",
    headers: message.headers,
    body: bodyOf(message, received),
    destroy: () => {
      message.destroy()
      received.destroy()
    },
  }
}

async function* bodyOf(message: Http.IncomingMessage, received: PassThrough) {
  for await (const chunk of received) yield chunk as Buffer
  if (!message.complete) throw message.errored ?? new Error("the connection was closed")
}

/** Node refuses a header or a URL; its message names the header, never the value. */
const unsendable = (url: URL, error: unknown) =>
  new ConfigurationError({
    message: `${named(url.href)} cannot be requested: ${messageOf(error)}; correct its headers`,
  })

const named = (url: string) => shown({ type: "http", url })

const lowerCased = (headers: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
