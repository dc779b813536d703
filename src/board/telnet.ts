// RFC 854 (TELNET), 855 (options), 856 (BINARY), 857 (ECHO), 858 (SUPPRESS-GO-AHEAD)
const IAC = 255
const DONT = 254
const DO = 253
const WONT = 252
const WILL = 251
const SB = 250
const SE = 240

const BINARY = 0
const ECHO = 1
const SUPPRESS_GO_AHEAD = 3

const NUL = 0
const LF = 0x0a
const CR = 0x0d

/**
 * The server's side of a telnet connection to a console, as a terminal server has it: it echoes, sends
 * without go-ahead and asks for eight clean bits; all other options are refused.
 */
export class TelnetServer {
  /** What the server says when a connection begins. */
  static readonly greeting = Buffer.from(
    [
      [IAC, WILL, ECHO],
      [IAC, WILL, SUPPRESS_GO_AHEAD],
      [IAC, WILL, BINARY],
      [IAC, DO, BINARY],
    ].flat(),
  )

  readonly #reply: (bytes: Buffer) => void
  /** What stands before the next byte: a command begun, or the end of a line. */
  #after: "data" | "cr" | "iac" | "option" | "sub" | "sub-iac" = "data"
  #verb = 0
  /** The client sends eight clean bits: CR stands for itself. */
  #binary = false

  constructor(reply: (bytes: Buffer) => void) {
    this.#reply = reply
  }

  /** The console's bytes as they go over the wire. */
  encode(bytes: Buffer): Buffer {
    if (!bytes.includes(IAC)) return bytes
    return Buffer.from([...bytes].flatMap((byte) => (byte === IAC ? [IAC, IAC] : [byte])))
  }

  /** Takes bytes from the wire, answers what is asked, and gives back what was typed. */
  decode(bytes: Buffer): Buffer {
    const typed: Array<number> = []
    for (const byte of bytes) this.#take(byte, typed)
    return Buffer.from(typed)
  }

  #take(byte: number, typed: Array<number>): void {
    const after = this.#after
    this.#after = "data"
    switch (after) {
      case "iac":
        if (byte === IAC) typed.push(byte)
        else if (byte >= WILL) {
          this.#verb = byte
          this.#after = "option"
        } else if (byte === SB) this.#after = "sub"
        return
      case "option":
        return this.#negotiate(this.#verb, byte)
      case "sub":
        this.#after = byte === IAC ? "sub-iac" : "sub"
        return
      case "sub-iac":
        this.#after = byte === SE ? "data" : "sub"
        return
      case "cr":
        // The end of a line is CR LF or CR NUL on the wire, and CR from the keyboard.
        if (byte === LF || byte === NUL) return
        break
      case "data":
        break
    }
    if (byte === IAC) this.#after = "iac"
    else {
      typed.push(byte)
      if (byte === CR && !this.#binary) this.#after = "cr"
    }
  }

  /** Answers only what is news, so that no two sides agree with each other for ever (RFC 1143). */
  #negotiate(verb: number, option: number): void {
    const ours = option === BINARY || option === ECHO || option === SUPPRESS_GO_AHEAD
    if (verb === DO && !ours) this.#reply(Buffer.from([IAC, WONT, option]))
    if (verb === WILL && option !== BINARY) this.#reply(Buffer.from([IAC, DONT, option]))
    if (option === BINARY && verb === WILL) this.#binary = true
    if (option === BINARY && verb === WONT) this.#binary = false
  }
}
