import { kernelStamp, readToken, repair, type Token } from "./repair.ts"
import { readSignal } from "./signal.ts"
import { findStamp } from "./stamp.ts"

/** What is left of a signal that cannot be read. `number` is its stamp's, where that is to be seen. */
export interface Remains {
  readonly text: string
  readonly reason: string
  readonly case?: string
  readonly number?: number
}

/** What the scanner finds: a signal, or what is left of one. */
export type Finding =
  | { readonly type: "token"; readonly token: Token }
  | { readonly type: "remains"; readonly remains: Remains }

const starts = ["<LAVA_SIGNAL_", "<LAVA_TEST_RUNNER "]
const longestStart = 18
const start = /<LAVA_(?:SIGNAL_|TEST_RUNNER )/g
/** A signal written through the kernel's log: the kernel writes such a line in one piece. */
const throughKernel = new RegExp(`${kernelStamp.source}(?=${start.source})`)
/** The shell's `set -x` shows a command that echoes a signal: it is not the signal itself. */
const trace = /^\++ /
/** The end of a signal whose start was not seen. */
const tail =
  /SIGNAL_(?:TEST|STARTRUN|ENDRUN|STARTTC|ENDTC)[A-Z]* .*>|TEST_CASE_ID=\S+ +RESULT=|RESULT=(?:pass|fail|skip|unknown)(?: [^<>]*)?>\s*$/
const escapes = /\u001b\[[0-9;?]*[ -/]*[@-~]|[\0-\u0008\u000a-\u001f\u007f]/g

/** A signal that goes on for longer than this, with all the noise in it, is given up. */
const maximumLines = 200
const maximumText = 16384
const recentLines = 8
const shownText = 500

/**
 * Finds signals in console text. Feed it text as it comes, in pieces of any size. It remembers no
 * more than the signal that is being put together and a few lines.
 */
export class Scanner {
  /** The last line, while it is not complete. */
  #partial = ""
  /** From the start of a signal that is not complete to the newest line. */
  #open: string[] = []
  #openText = 0
  #inTrace = false
  #recent: string[] = []
  /** What looks like the end of a signal, until a stamp in one of the next lines explains it or not. */
  #headless: string[] = []
  #headlessAge = 0
  #findings: Finding[] = []

  /** Feeds text; answers what it completes. */
  push(text: string): Finding[] {
    const buffer = this.#partial + text
    const end = buffer.lastIndexOf("\n") + 1
    this.#partial = buffer.slice(end)
    if (this.#begun() || /<|SIGNAL_|RESULT=/.test(buffer)) {
      if (end > 0) for (const line of buffer.slice(0, end - 1).split("\n")) this.#line(line)
      this.#earlySignal()
    }
    if (this.#partial.length > maximumText) {
      this.#line(this.#partial)
      this.#partial = ""
    }
    return this.#take()
  }

  /** No more text is coming: answers what is left. */
  end(): Finding[] {
    this.#line(this.#partial)
    this.#partial = ""
    this.#giveUp()
    this.#giveUpHeadless()
    return this.#take()
  }

  /** Whether the lines before may be the start of a signal. */
  #begun(): boolean {
    return this.#open.length + this.#recent.length + this.#headless.length > 0
  }

  #take(): Finding[] {
    const findings = this.#findings
    this.#findings = []
    return findings
  }

  /** A complete signal need not wait for the end of its line, which may be long in coming. */
  #earlySignal(): void {
    if (this.#open.length > 0 || trace.test(this.#partial)) return
    const at = this.#partial.search(start)
    const token = at === -1 ? undefined : readToken(this.#partial.slice(at))
    if (token === undefined) return
    this.#giveUpHeadless()
    this.#findings.push({ type: "token", token })
    this.#partial = token.rest
  }

  #line(raw: string): void {
    let line = raw.endsWith("\r") ? raw.slice(0, -1) : raw
    line = line.replace(escapes, "")
    const kernel = throughKernel.exec(line)
    if (kernel !== null) {
      const at = kernel.index + kernel[0].length
      const token = readToken(line.slice(at))
      if (token !== undefined) {
        this.#findings.push({ type: "token", token })
        line = line.slice(0, at)
      }
    }
    const begins = Array.from(line.matchAll(start), (match) => match.index)
    const before = line.slice(0, begins[0])
    if (this.#open.length > 0) this.#goOn(before)
    else this.#noSignal(before)
    if (begins.length > 0) this.#giveUpHeadless()
    for (const [index, begin] of begins.entries()) {
      this.#giveUp()
      this.#inTrace = trace.test(line)
      this.#goOn(line.slice(begin, begins[index + 1]))
    }
  }

  /** Adds a line, or the first of one, to the open signal and reads it if it is complete. */
  #goOn(line: string): void {
    this.#open.push(line)
    this.#openText += line.length
    const head = this.#head()
    if (!starts.some((start) => start.startsWith(head) || head.startsWith(start))) {
      this.#remember(this.#open.slice(0, -1))
      this.#close()
      this.#noSignal(line)
      return
    }
    const token = repair(this.#open)
    if (token !== undefined) {
      const silent = this.#inTrace && token.stamp === undefined
      this.#close()
      if (!silent) this.#findings.push({ type: "token", token })
      this.#noSignal(token.rest)
    } else if (
      findStamp(line) !== undefined ||
      this.#open.length > maximumLines ||
      this.#openText > maximumText
    ) {
      this.#giveUp()
    }
  }

  /** The start of what is open, which kernel messages may have cut. */
  #head(): string {
    let head = ""
    for (const line of this.#open) {
      head += line.slice(0, kernelStamp.exec(line)?.index)
      if (head.length >= longestStart) break
    }
    return head
  }

  /** A line that holds no start of a signal: perhaps a part of one, or the end of one. */
  #noSignal(line: string): void {
    const cut = kernelStamp.exec(line)?.index ?? 0
    for (let length = Math.min(cut, longestStart - 1); length > 0; length--) {
      const head = line.slice(cut - length, cut)
      if (starts.some((start) => start.startsWith(head))) {
        this.#inTrace = trace.test(line)
        this.#goOn(line.slice(cut - length))
        return
      }
    }
    const found = findStamp(line)
    const token = found === undefined ? undefined : this.#backwards(line)
    if (token !== undefined) {
      this.#headless = []
      this.#findings.push({ type: "token", token })
    } else if (found !== undefined || (tail.test(line) && !trace.test(line))) {
      this.#headless.push(line)
      if (found !== undefined) this.#giveUpHeadless(found.stamp.number)
    }
    this.#remember([line])
    if (this.#headless.length > 0 && ++this.#headlessAge > recentLines) this.#giveUpHeadless()
  }

  #giveUpHeadless(number?: number): void {
    if (this.#headless.length > 0) {
      this.#remains({
        text: this.#headless.join("\n"),
        reason: "only its end was seen",
        ...(number !== undefined && { number }),
      })
    }
    this.#headless = []
    this.#headlessAge = 0
  }

  /** Keeps the last lines, as long as a signal may begin in one of them. */
  #remember(lines: ReadonlyArray<string>): void {
    const recent = [...this.#recent, ...lines.slice(-recentLines)].slice(-recentLines)
    this.#recent = recent.some((line) => line.includes("<")) ? recent : []
  }

  /** Looks for the start of the signal whose stamp ends `line` in the lines before. */
  #backwards(line: string): Token | undefined {
    for (let index = this.#recent.length - 1; index >= 0; index--) {
      const first = this.#recent[index] ?? ""
      for (let at = first.lastIndexOf("<"); at !== -1; at = first.lastIndexOf("<", at - 1)) {
        const token = repair([first.slice(at), ...this.#recent.slice(index + 1), line])
        if (token?.stamp !== undefined) return token
        if (at === 0) break
      }
    }
    return undefined
  }

  /** Closes what is open, if anything is, as something that cannot be read. */
  #giveUp(): void {
    // The first few characters of a signal may be those of something else.
    if (this.#open.length > 0 && !this.#inTrace && this.#head().startsWith("<LAVA_")) {
      this.#remains(remainsOf(this.#open))
    }
    this.#close()
  }

  #close(): void {
    this.#open = []
    this.#openText = 0
    this.#inTrace = false
  }

  #remains(remains: Remains): void {
    const text =
      remains.text.length > shownText ? `${remains.text.slice(0, shownText)}...` : remains.text
    this.#findings.push({ type: "remains", remains: { ...remains, text } })
  }
}

const remainsOf = (lines: ReadonlyArray<string>): Remains => {
  const [first = ""] = lines
  const number = findStamp(lines[lines.length - 1] ?? "")?.stamp.number
  if (number !== undefined) {
    const reason =
      lines.length === 1
        ? "its checksum does not fit: characters were lost or changed on the way"
        : "other output fell into it, and no part of it that fits its checksum was found"
    return { text: lines.join("\n"), reason, number }
  }
  const end = first.indexOf(">") + 1
  const signal = end === 0 ? undefined : readSignal(first.slice(1, end - 1))
  if (signal?.type === "misread" && !kernelStamp.test(first)) {
    const { reason, case: testCase } = signal
    return { text: first.slice(0, end), reason, ...(testCase !== undefined && { case: testCase }) }
  }
  const reason = "other output fell into it, and what it was cannot be told with certainty"
  return { text: lines.join("\n"), reason }
}
