/** What a LineDiscipline tells its board. */
export interface LineEvents {
  /** Characters to send back to who typed. */
  readonly echo: (bytes: Buffer) => void
  /** A complete line, without its end. */
  readonly line: (line: string) => void
  /** Ctrl-C: what was typed so far is gone. */
  readonly interrupt: () => void
}

const BACKSPACE = 0x08
const LF = 0x0a
const CR = 0x0d
const DELETE = 0x7f
const control = (letter: string): number => letter.charCodeAt(0) & 0x1f

const crlf = Buffer.from("\r\n")
const rubOut = Buffer.from("\b \b")

/**
 * Makes lines of characters as a Linux tty in canonical mode does (termios(3): ICANON, ICRNL, ISIG, ECHO,
 * ECHOE, ECHOK, ECHOKE, ECHOCTL): CR and LF end a line, Delete and Backspace take a character back, Ctrl-U
 * the line, Ctrl-W a word, Ctrl-C interrupts; all of it is echoed.
 */
export class LineDiscipline {
  /** Whether typed characters are echoed; off while a password is asked for. */
  echo = true

  readonly #events: LineEvents
  #typed: Array<number> = []

  constructor(events: LineEvents) {
    this.#events = events
  }

  /** Takes one character (a byte). */
  take(byte: number): void {
    switch (byte) {
      case CR:
      case LF: {
        const line = Buffer.from(this.#typed).toString("utf8")
        this.#typed = []
        this.#echo(crlf)
        return this.#events.line(line)
      }
      case BACKSPACE:
      case DELETE:
        return this.#rubOut(1)
      case control("U"):
        return this.#rubOut(this.#typed.length)
      case control("W"):
        return this.#rubOut(this.#lastWord())
      case control("C"):
        this.#typed = []
        this.#echo(Buffer.from("^C\r\n"))
        return this.#events.interrupt()
      default:
        this.#typed.push(byte)
        this.#echo(shown(byte))
    }
  }

  /** Forgets what was typed of an unfinished line. */
  clear(): void {
    this.#typed = []
  }

  #rubOut(count: number): void {
    const gone = this.#typed.splice(Math.max(0, this.#typed.length - count))
    for (const byte of gone.toReversed()) for (const _ of shown(byte)) this.#echo(rubOut)
  }

  /** How many characters Ctrl-W takes: the last word, to Linux of letters and digits, and all after it. */
  #lastWord(): number {
    const text = Buffer.from(this.#typed).toString("latin1")
    return text.length - text.replace(/\w*\W*$/, "").length
  }

  #echo(bytes: Buffer): void {
    if (this.echo) this.#events.echo(bytes)
  }
}

const isControl = (byte: number): boolean => byte < 0x20 && byte !== 0x09

/** How a tty shows a character: control characters as `^A`, except the tab. */
const shown = (byte: number): Buffer =>
  isControl(byte) ? Buffer.from(`^${String.fromCharCode(byte + 0x40)}`) : Buffer.from([byte])
