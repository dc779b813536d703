const LF = 0x0a
const CR = 0x0d
const ESC = 0x1b

/** Where in an escape sequence the stream stands (ECMA-48 5.4 and 5.6). */
const Ground = 0
const Escape = 1
const EscapeIntermediate = 2
const ControlSequence = 3
const ControlString = 4
const ControlStringEscape = 5

/**
 * Turns the bytes of a console into the text that patterns are matched against and that the log
 * shows. The answer is the same however the bytes are cut into chunks.
 *
 * - ECMA-48 escape sequences (CSI, OSC and the other control strings, two-byte escapes) are left
 *   out. A sequence that is broken off by a control character or a line end is left out up to there,
 *   so that noise cannot swallow more than a line.
 * - A line end of any kind (`\n`, `\r\n`, `\r\r\n`, `\n\r`, a lone `\r` behind text) is one `\n`.
 * - Other control characters than tab are left out; bytes that are not UTF-8 become U+FFFD.
 */
export class PlainText {
  #state = Ground
  #carriageReturn = false
  #lineStart = true
  /** The first bytes of a UTF-8 character whose rest has not come yet. */
  #partial: Uint8Array = new Uint8Array(0)

  /** The text of the next bytes; may be empty. */
  push(bytes: Uint8Array): string {
    const kept = this.#partial.length
    // A lone CR becomes a line feed of its own, and one may be owed from the chunk before.
    const out = Buffer.allocUnsafe(kept + bytes.length + 1)
    out.set(this.#partial)
    const length = this.#filter(bytes, out, kept)
    const whole = wholeCharacters(out, length)
    this.#partial = whole === length ? this.#partial.subarray(0, 0) : out.subarray(whole, length)
    return out.toString("utf8", 0, whole)
  }

  #filter(bytes: Uint8Array, out: Uint8Array, start: number): number {
    let o = start
    let state = this.#state
    let carriageReturn = this.#carriageReturn
    let lineStart = this.#lineStart
    const end = bytes.length
    for (let i = 0; i < end; i++) {
      let byte = bytes[i]!
      if (state !== Ground) {
        state = after(state, byte)
        // Line ends and broken sequences fall through: their byte is ordinary again.
        if (state !== Broken) continue
        state = Ground
      }
      if (byte >= 0x20 || byte === 0x09) {
        if (byte === 0x7f) continue
        if (carriageReturn) {
          carriageReturn = false
          if (!lineStart) out[o++] = LF
        }
        lineStart = false
        out[o++] = byte
        // The run of plain bytes that makes up nearly all of a console's output.
        while (++i < end && (byte = bytes[i]!) >= 0x20 && byte !== 0x7f) out[o++] = byte
        i--
      } else if (byte === LF) {
        carriageReturn = false
        lineStart = true
        out[o++] = LF
      } else if (byte === CR) {
        carriageReturn = true
      } else if (byte === ESC) {
        state = Escape
      }
    }
    this.#state = state
    this.#carriageReturn = carriageReturn
    this.#lineStart = lineStart
    return o
  }
}

/** Not a state: the sequence ended without taking this byte. */
const Broken = -1

const after = (state: number, byte: number): number => {
  switch (state) {
    case Escape:
      if (byte === 0x5b) return ControlSequence
      if (byte === 0x5d || byte === 0x50 || byte === 0x58 || byte === 0x5e || byte === 0x5f)
        return ControlString
      if (byte >= 0x20 && byte <= 0x2f) return EscapeIntermediate
      if (byte >= 0x30 && byte <= 0x7e) return Ground
      return byte === ESC ? Escape : Broken
    case EscapeIntermediate:
      if (byte >= 0x20 && byte <= 0x2f) return EscapeIntermediate
      if (byte >= 0x30 && byte <= 0x7e) return Ground
      return byte === ESC ? Escape : Broken
    case ControlSequence:
      // No sequence ends with "["; a kernel message that was printed into one begins with it.
      if (byte === 0x5b) return Broken
      if (byte >= 0x40 && byte <= 0x7e) return Ground
      if (byte >= 0x20 && byte <= 0x3f) return ControlSequence
      return byte === ESC ? Escape : Broken
    case ControlString:
      if (byte === 0x07 || byte === 0x18 || byte === 0x1a) return Ground
      if (byte === LF || byte === CR) return Broken
      return byte === ESC ? ControlStringEscape : ControlString
    default: // ControlStringEscape: `ESC \` ends the string, another escape replaces it
      return byte === 0x5c ? Ground : after(Escape, byte)
  }
}

/** How many of the first `length` bytes are left when a UTF-8 character that is not whole is held back. */
const wholeCharacters = (bytes: Uint8Array, length: number): number => {
  for (let back = 1; back <= 3 && back <= length; back++) {
    const byte = bytes[length - back]!
    if (byte < 0x80) return length
    if (byte >= 0xc0) {
      const wanted = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2
      return back < wanted ? length - back : length
    }
  }
  return length
}
