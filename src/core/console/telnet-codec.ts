// Commands of RFC 854.
const SE = 240
const SB = 250
const WILL = 251
const WONT = 252
const DO = 253
const DONT = 254
const IAC = 255
const CR = 13

// Options: RFC 856, 857, 858.
const binary = 0
const echo = 1
const suppressGoAhead = 3

/** What we offer to do: send bytes as they are, and no go-aheads. */
const ours: ReadonlySet<number> = new Set([binary, suppressGoAhead])
/** What we ask of the other side: the same, and to leave the echo to the device. */
const theirs: ReadonlySet<number> = new Set([binary, suppressGoAhead, echo])

type OptionState = "no" | "asked" | "yes"

/**
 * The client's side of the telnet protocol (RFC 854, 855) in plain code: takes commands out of what
 * comes, wherever a chunk is cut, and puts in what must be escaped. Asks for binary transmission both
 * ways and suppresses go-ahead, so that a console's bytes go through as they are; refuses all other
 * options. As in RFC 1143, only a change is answered, so that no negotiation goes on for ever.
 */
export class TelnetCodec {
  readonly #us = new Map<number, OptionState>()
  readonly #them = new Map<number, OptionState>()
  #state: "data" | "cr" | "iac" | "option" | "sub" | "sub-iac" = "data"
  #command = 0

  /** What is to be sent first: the options that we ask for. */
  greeting(): Uint8Array {
    const bytes: Array<number> = []
    for (const option of theirs) {
      this.#them.set(option, "asked")
      bytes.push(IAC, DO, option)
    }
    for (const option of ours) {
      this.#us.set(option, "asked")
      bytes.push(IAC, WILL, option)
    }
    return Uint8Array.from(bytes)
  }

  /** The console's bytes in what came, and what is to be sent as an answer (mostly nothing). */
  decode(bytes: Uint8Array): { readonly data: Uint8Array; readonly reply: Uint8Array } {
    if (this.#state === "data" && !bytes.includes(IAC) && !this.#mayHoldNul(bytes))
      return { data: bytes, reply: nothing }
    const data = new Uint8Array(bytes.length)
    const reply: Array<number> = []
    let length = 0
    for (const byte of bytes) {
      if (this.#take(byte, reply)) data[length++] = byte
    }
    return { data: data.subarray(0, length), reply: Uint8Array.from(reply) }
  }

  /** What is to be sent so that the other side gets these bytes. */
  encode(bytes: Uint8Array): Uint8Array {
    // Who has not answered yet may not understand telnet at all, and would pass the NUL on.
    const bare = (this.#us.get(binary) ?? "no") === "no"
    if (!bytes.includes(IAC) && !(bare && bytes.includes(CR))) return bytes
    const out: Array<number> = []
    for (const [index, byte] of bytes.entries()) {
      out.push(byte)
      if (byte === IAC) out.push(IAC)
      // Without binary transmission a carriage return is followed by LF or NUL (RFC 854).
      if (bare && byte === CR && bytes[index + 1] !== 10) out.push(0)
    }
    return Uint8Array.from(out)
  }

  #mayHoldNul(bytes: Uint8Array): boolean {
    return this.#them.get(binary) !== "yes" && bytes.includes(CR)
  }

  /** Takes one byte; answers whether it is the console's. */
  #take(byte: number, reply: Array<number>): boolean {
    switch (this.#state) {
      case "cr":
        this.#state = "data"
        if (byte === 0) return false
        return this.#take(byte, reply)
      case "data":
        if (byte === IAC) this.#state = "iac"
        else if (byte === CR && this.#them.get(binary) !== "yes") this.#state = "cr"
        return byte !== IAC
      case "iac":
        this.#state = "data"
        if (byte === SB) this.#state = "sub"
        else if (byte >= WILL && byte <= DONT) {
          this.#state = "option"
          this.#command = byte
        }
        return byte === IAC
      case "option":
        this.#state = "data"
        this.#negotiate(this.#command, byte, reply)
        return false
      case "sub":
        if (byte === IAC) this.#state = "sub-iac"
        return false
      case "sub-iac":
        this.#state = byte === SE ? "data" : "sub"
        return false
    }
  }

  #negotiate(command: number, option: number, reply: Array<number>): void {
    const aboutThem = command === WILL || command === WONT
    const states = aboutThem ? this.#them : this.#us
    const state = states.get(option) ?? "no"
    if (command === WILL || command === DO) {
      const wanted = (aboutThem ? theirs : ours).has(option)
      if (wanted) states.set(option, "yes")
      if (state === "no")
        reply.push(IAC, aboutThem ? (wanted ? DO : DONT) : wanted ? WILL : WONT, option)
    } else {
      states.set(option, "no")
      if (state === "yes") reply.push(IAC, aboutThem ? DONT : WONT, option)
    }
  }
}

const nothing = new Uint8Array(0)
