import { FailPatterns, type DeviceFailure, type KernelMessage } from "./fail-patterns.ts"
import type { Found, Search } from "./search.ts"
import { UnreadText } from "./unread-text.ts"

/** What a wait found in the console's text. */
export interface Match {
  /** Name of the pattern that matched. */
  readonly name: string
  /** The text that matched, without escape sequences, with `\n` for every line end. */
  readonly text: string
  /** What the pattern's groups matched, from the first group on. */
  readonly groups: ReadonlyArray<string | undefined>
  /** What the pattern's named groups matched. */
  readonly named: Readonly<Record<string, string | undefined>>
  /** The unread text before the match; of a long one the end. */
  readonly before: string
}

/** How a wait ends. */
export type WaitEnd =
  | { readonly type: "match"; readonly match: Match }
  | { readonly type: "failure"; readonly failure: DeviceFailure }
  | { readonly type: "closed"; readonly reason: string }
  /** Nothing came for `idleMs`; `unread` is what has come since the last match. */
  | { readonly type: "idle"; readonly unread: string }

/** What ends a wait beside its match, and how much text is kept for it. */
export interface WaitOptions {
  /** A firmware banner does not end the wait: the device is expected to be reset. */
  readonly allowReset?: boolean
  /** A kernel panic does not end the wait. */
  readonly allowPanic?: boolean
  /** The wait ends as "idle" when nothing has come for this long, in ms. */
  readonly idleMs?: number
  /** How much text is kept to be told as `before`, in characters; 64 Ki when not given. */
  readonly textLimit?: number
}

/** What a matcher takes for a failure of the device, and who is told of the lines. */
export interface MatcherOptions {
  /** Says, beside the known firmware banners, that the device was reset. */
  readonly reset?: ReadonlyArray<RegExp>
  /** A panic without a closing line is whole when nothing has come for this long, in ms. */
  readonly panicQuietMs?: number
  /**
   * Called when whole lines have come; `lines` answers them, without their line ends. A function,
   * because taking the text apart costs something and often nobody listens.
   */
  readonly onLines?: (lines: () => ReadonlyArray<string>) => void
}

/** A last line that has not grown for this long may be taken for whole, in ms. USB adapters pause for 16. */
const settleMs = 50
/** Under the 2 s within which a panic is to be named. */
const defaultPanicQuietMs = 1500
/** A panic that goes on and on is whole after this long, in ms. */
const panicMaximumMs = 15_000
/** A line is cut at this length, in characters: noise need not have line ends. */
const lineLimit = 16 * 1024
/** How much of the latest text is remembered for error messages, in characters. */
const recentLimit = 4096

interface Wait {
  readonly search: Search
  readonly options: WaitOptions
  readonly end: (end: WaitEnd) => void
  idle?: NodeJS.Timeout
  settle?: NodeJS.Timeout
}

/**
 * The way from a console's text to the end of a wait, in plain code. Every character is searched once
 * as part of a chunk and again only while its line is not whole; every whole line is looked at once
 * for what ends any wait. The text is read in order: what comes first, match or failure, decides, and
 * a failure that nobody waited for ends the next wait.
 */
export class Matcher {
  readonly #fail: FailPatterns
  readonly #panicQuietMs: number
  readonly #onLines: MatcherOptions["onLines"]
  readonly #unread = new UnreadText()
  #wait: Wait | undefined
  #line = ""
  #recent = ""
  #failures: Array<DeviceFailure> = []
  /** The panic that is being printed. */
  #panic: { quiet: NodeJS.Timeout; maximum: NodeJS.Timeout } | undefined
  #closed: string | undefined

  constructor(options: MatcherOptions = {}) {
    this.#fail = new FailPatterns(options.reset)
    this.#panicQuietMs = options.panicQuietMs ?? defaultPanicQuietMs
    this.#onLines = options.onLines
  }

  /** The kernel's complaints since they were last taken or all was forgotten, the first 1000 of them. */
  takeKernelMessages(): ReadonlyArray<KernelMessage> {
    return this.#fail.takeKernelMessages()
  }

  /** The last lines that came, oldest first, at most `count`. */
  recentLines(count: number): ReadonlyArray<string> {
    const text = this.#recent.slice(-recentLimit)
    return text.replace(/\n+$/, "").split("\n").slice(-count)
  }

  /** Takes the next text of the console. */
  push(text: string): void {
    if (text === "") return
    this.#recent = text.length < recentLimit ? this.#recent + text : text
    if (this.#recent.length > 64 * 1024) this.#recent = this.#recent.slice(-recentLimit)
    this.#unread.append(text)
    this.#splitLines(text)
    this.#panic?.quiet.refresh()
    this.#wait?.idle?.refresh()
    this.#advance(false)
  }

  /** Begins a wait, which ends by one call of `end`; answers a function that calls it off. */
  wait(search: Search, options: WaitOptions, end: (end: WaitEnd) => void): () => void {
    if (this.#wait) throw new Error("two waits on one console at the same time")
    const wait: Wait = { search, options, end }
    this.#wait = wait
    if (options.textLimit !== undefined) this.#unread.limit = options.textLimit
    if (options.idleMs !== undefined)
      wait.idle = setTimeout(
        () => this.#end({ type: "idle", unread: this.#unread.all }),
        options.idleMs,
      )
    if (search.wantsSettled) wait.settle = setTimeout(() => this.#advance(true), settleMs)
    this.#unread.reopen()
    this.#advance(false)
    return () => {
      if (this.#wait === wait) this.#release()
    }
  }

  /** Takes all that was not read, so that no later wait finds anything in it. */
  skip(): void {
    this.#unread.take(this.#unread.end)
    this.#failures = this.#failures.filter(({ kind }) => kind === "panic")
  }

  /** Forgets what was not read, every failure and every complaint: the device was reset on purpose. */
  discard(): void {
    this.skip()
    this.takeKernelMessages()
    this.#failures = []
    this.#panicIsWhole()
  }

  /** The connection is lost; a wait fails when the text that came before does not end it. */
  close(reason: string): void {
    if (this.#closed !== undefined) return
    this.#closed = reason
    if (this.#line !== "") this.#lines(this.#line, this.#unread.end - this.#line.length)
    this.#line = ""
    this.#panicIsWhole()
    this.#advance(true)
  }

  #splitLines(text: string): void {
    const cut = text.lastIndexOf("\n") + 1
    if (cut > 0) {
      const lines = this.#line + text.slice(0, cut)
      this.#line = text.slice(cut)
      this.#lines(lines, this.#unread.end - this.#line.length - lines.length)
    } else this.#line += text
    if (this.#line.length > lineLimit) {
      this.#lines(this.#line, this.#unread.end - this.#line.length)
      this.#line = ""
    }
  }

  #lines(lines: string, offset: number): void {
    for (const failure of this.#fail.check(lines, offset)) {
      this.#failures.push(failure)
      if (failure.kind === "reset") this.#panicIsWhole()
      else if (!this.#panic) this.#startPanic()
    }
    if (this.#panic && FailPatterns.endsPanic(lines)) this.#panicIsWhole()
    this.#onLines?.(() => (lines.endsWith("\n") ? lines.slice(0, -1) : lines).split("\n"))
  }

  #startPanic(): void {
    const whole = () => {
      this.#panicIsWhole()
      this.#advance(true)
    }
    this.#panic = {
      quiet: setTimeout(whole, this.#panicQuietMs),
      maximum: setTimeout(whole, panicMaximumMs),
    }
  }

  #panicIsWhole(): void {
    clearTimeout(this.#panic?.quiet)
    clearTimeout(this.#panic?.maximum)
    this.#panic = undefined
  }

  /** Looks whether what has come ends the wait. */
  #advance(paused: boolean): void {
    const wait = this.#wait
    if (!wait) return this.#unread.settle(0)
    const settled = paused || this.#closed !== undefined
    const failure = this.#firstFailure(wait.options)
    const found = this.#find(wait.search, settled, failure)
    if (found) return this.#end({ type: "match", match: this.#take(found) })
    if (failure && !(failure.kind === "panic" && this.#panic))
      return this.#end({ type: "failure", failure })
    if (!failure && this.#closed !== undefined)
      return this.#end({ type: "closed", reason: this.#closed })
    if (!settled) wait.settle?.refresh()
    this.#unread.settle(wait.search.overlap)
  }

  #find(search: Search, settled: boolean, failure: DeviceFailure | undefined): Found | undefined {
    const { text, textStart, taken, lineStart } = this.#unread
    const searched = {
      from: Math.max(0, taken - textStart),
      lineFrom: Math.max(0, lineStart - textStart),
    }
    if (!failure) return search.find({ ...searched, text, settled })
    const limit = failure.end - textStart
    // Behind a failure nothing is searched; its own line, being whole, still may match.
    return limit < searched.lineFrom
      ? undefined
      : search.find({ ...searched, text: text.slice(0, limit), settled: true })
  }

  #take({ name, start, end, groups, named }: Found): Match {
    const { text, textStart } = this.#unread
    const before = this.#unread.before(textStart + start)
    this.#unread.take(textStart + end)
    this.#failures = this.#failures.filter((failure) => failure.end > textStart + end)
    return { name, text: text.slice(start, end), groups, named, before }
  }

  /** The first failure in the unread text that the wait does not allow; those it does are over. */
  #firstFailure({ allowReset, allowPanic }: WaitOptions): DeviceFailure | undefined {
    if (this.#failures.length === 0) return undefined
    this.#failures = this.#failures.filter(
      ({ kind }) => !(kind === "reset" ? allowReset : allowPanic),
    )
    return this.#failures[0]
  }

  #end(end: WaitEnd): void {
    const wait = this.#wait
    this.#release()
    wait?.end(end)
  }

  #release(): void {
    clearTimeout(this.#wait?.idle)
    clearTimeout(this.#wait?.settle)
    this.#unread.limit = UnreadText.defaultLimit
    this.#wait = undefined
  }
}
