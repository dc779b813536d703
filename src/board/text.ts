/** What `{name}` stands for in a text to print. */
export type Values = Readonly<Record<string, string | undefined>>

/**
 * A text of a script as bytes: placeholders that have a value filled in, and each bare LF as CR LF, as a tty
 * sends it (termios(3): ONLCR).
 */
export const printed = (text: string, values: Values): Buffer =>
  Buffer.from(fillIn(text, values).replace(/(?<!\r)\n/g, "\r\n"))

/** A text with the placeholders filled in that have a value. */
export const fillIn = (text: string, values: Values): string =>
  text.replace(/\{(\w+)\}/g, (whole, name: string) =>
    Object.hasOwn(values, name) ? (values[name] ?? "") : whole,
  )

/** The values that a match gives: `{0}`, `{1}`, and its named groups; empty for groups that took no part. */
export const valuesOf = (match: RegExpExecArray): Values => ({
  ...Object.fromEntries(match.map((value, index) => [String(index), value])),
  ...match.groups,
})

/** The same bytes each time, of all values and without order, as a line gives while nobody drives it. */
export const garbage = (length: number): Buffer => {
  const bytes = Buffer.alloc(length)
  let state = 0x2545f491
  for (let index = 0; index < length; index++) {
    // Marsaglia's xorshift32
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    bytes[index] = state & 0xff
  }
  return bytes
}
