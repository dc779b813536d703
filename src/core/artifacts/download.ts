import { JobError, messageOf } from "../pipeline/errors.ts"
import type { OnProgress } from "./artifact.ts"
import { type HttpAnswer, httpGet } from "./http-get.ts"
import type { OutputFile } from "./output-file.ts"
import { Cut, type DownloadPatience, givenUp, persist, thinned } from "./patience.ts"
import { shown } from "./source.ts"

/** What tells one version of a file on a server from another (RFC 9110, 8.8). */
export interface Validator {
  readonly etag?: string | undefined
  readonly lastModified?: string | undefined
}

/** What to download. */
interface DownloadRequest {
  readonly url: string
  /** Headers of the job; secret. */
  readonly headers: Readonly<Record<string, string>>
  /** The version that is at hand already: it is not downloaded again. */
  readonly atHand: Validator | undefined
}

/**
 * One download into a file. A transfer that breaks is resumed where it stopped if the server can
 * (Range with If-Range, RFC 9110, 14.2 and 13.1.5), else begun again, until several attempts in a row
 * bring nothing new.
 */
export class Download {
  readonly #request: DownloadRequest
  readonly #file: OutputFile
  readonly #patience: DownloadPatience
  readonly #progress: ReturnType<typeof thinned>
  #validator: Validator = {}
  #total: number | undefined
  #farthest = 0

  constructor(
    request: DownloadRequest,
    file: OutputFile,
    patience: DownloadPatience,
    onProgress: OnProgress,
  ) {
    this.#request = request
    this.#file = file
    this.#patience = patience
    this.#progress = thinned(onProgress)
  }

  /**
   * Downloads, and answers the validator of what came, or undefined where the version at hand is
   * still the server's. Rejects with a JobError where the server refuses the URL (4xx), with an
   * InfrastructureError where it cannot be reached or does not bring the whole file.
   */
  async run(signal: AbortSignal): Promise<Validator | undefined> {
    return await persist(this.#patience, signal, {
      attempt: async () => ((await this.#attempt(signal)) ? this.#validator : undefined),
      reached: () => this.#farthest,
      givenUp: (cut) =>
        givenUp(this.#what, cut, {
          attempts: this.#patience.attempts,
          received: this.#farthest,
          total: this.#total,
        }),
    })
  }

  /** One request; false where the server says that nothing has changed. */
  async #attempt(signal: AbortSignal): Promise<boolean> {
    const stalled = new AbortController()
    const timer = setTimeout(() => stalled.abort(), this.#patience.stallSeconds * 1000)
    let answer: HttpAnswer | undefined
    try {
      answer = await this.#ask(AbortSignal.any([signal, stalled.signal]))
      if (answer.status === 304) return false
      for await (const chunk of bytesOf(answer.body)) {
        await this.#file.write(chunk)
        timer.refresh()
        this.#report(false)
      }
      if (this.#total !== undefined && this.#file.size !== this.#total)
        throw new Cut("the server ended the transfer early")
      this.#report(true)
      return true
    } catch (error) {
      if (stalled.signal.aborted)
        throw new Cut(`no byte came for ${this.#patience.stallSeconds} s`, { cause: error })
      throw error
    } finally {
      clearTimeout(timer)
      answer?.destroy()
      this.#farthest = Math.max(this.#farthest, this.#file.size)
    }
  }

  /** Sends the request, judges the answer and leaves the file where the answer's first byte belongs. */
  async #ask(signal: AbortSignal): Promise<HttpAnswer> {
    const { url, headers: secret, atHand } = this.#request
    const unchanged = strong(this.#validator)
    if (unchanged === undefined) await this.#file.restart()
    const offset = this.#file.size
    const headers = {
      "accept-encoding": "identity",
      ...(offset > 0 && { range: `bytes=${offset}-`, "if-range": unchanged }),
      ...(offset === 0 && atHand?.etag && { "if-none-match": atHand.etag }),
      ...(offset === 0 && atHand?.lastModified && { "if-modified-since": atHand.lastModified }),
    }
    const answer = await httpGet(url, headers, secret, signal).catch((error: unknown) => {
      throw networkCode(error) === undefined ? error : new Cut(reason(error), { cause: error })
    })
    try {
      const { status } = answer
      if (status === 206 && offset > 0) await this.#resume(answer, offset)
      else if (status === 200) await this.#begin(answer)
      else if (status !== 304 || !atHand) await this.#refuse(answer)
      return answer
    } catch (error) {
      answer.destroy()
      throw error
    }
  }

  async #begin(answer: HttpAnswer): Promise<void> {
    await this.#file.restart()
    const length = answer.headers["content-length"]
    this.#total = length === undefined ? undefined : Number(length)
    this.#validator = validatorOf(answer)
  }

  async #resume(answer: HttpAnswer, offset: number): Promise<void> {
    const range = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(answer.headers["content-range"] ?? "")
    const validator = strong(validatorOf(answer))
    const changed = validator !== undefined && validator !== strong(this.#validator)
    if (Number(range?.[1]) !== offset || changed)
      await this.#startOver("sent another range or file")
    if (range?.[2] !== "*") this.#total = Number(range?.[2])
  }

  /** Throws for a status that brings no file. */
  async #refuse(answer: HttpAnswer): Promise<never> {
    const { status } = answer
    const text = `${status} ${answer.statusText}`.trim()
    if (status === 416) await this.#startOver(`answered ${text}`)
    if (status < 400 || status >= 500 || [408, 425, 429].includes(status))
      throw new Cut(`the server answered ${text}`)
    throw new JobError({
      message: `${this.#what} cannot be downloaded: the server answered ${text}; check the URL${status === 401 || status === 403 ? " and the headers that it needs" : ""}`,
    })
  }

  async #startOver(why: string): Promise<never> {
    await this.#file.restart()
    this.#validator = {}
    throw new Cut(`the server ${why} when the download was resumed`)
  }

  #report(end: boolean): void {
    this.#progress({ received: this.#file.size, total: this.#total }, end)
  }

  get #what(): string {
    return shown({ type: "http", url: this.#request.url })
  }
}

/** The answer's bytes; an error of the connection becomes a Cut, one of the reader stays what it is. */
async function* bytesOf(body: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  try {
    yield* body
  } catch (error) {
    throw new Cut(reason(error), { cause: error })
  }
}

/**
 * The answer's validators. A date counts only if the file was a second old when it was sent: else
 * another version may have the same date (RFC 9110, 8.8.2.2).
 */
const validatorOf = ({ headers }: HttpAnswer): Validator => {
  const modified = headers["last-modified"]
  const age = Date.parse(headers.date ?? "") - Date.parse(modified ?? "")
  return { etag: headers.etag, lastModified: age >= 1000 ? modified : undefined }
}

/** What If-Range may carry: a strong entity tag, else a date. */
const strong = ({ etag, lastModified }: Validator): string | undefined =>
  etag === undefined || etag.startsWith("W/") ? lastModified : etag

const networkCode = (error: unknown): string | undefined =>
  error instanceof Error && "code" in error && typeof error.code === "string"
    ? error.code
    : undefined

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connection refused: is the server running?",
  ECONNRESET: "the server cut the connection",
  ENOTFOUND: "the server's name is not known",
  EAI_AGAIN: "the server's name could not be looked up",
  EHOSTUNREACH: "the server cannot be reached",
  ENETUNREACH: "the server's network cannot be reached",
  ETIMEDOUT: "the server does not answer",
}

const reason = (error: unknown): string => reasons[networkCode(error) ?? ""] ?? messageOf(error)
