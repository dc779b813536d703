import { type Misread, readSignal, type Signal } from "./signal.ts"
import { findStamp, modulus, multiplier, printable, type Stamp, summarize } from "./stamp.ts"

/** A signal taken out of console text. `stamp` is there when it had one and it is right. */
export interface Token {
  readonly signal: Signal | Misread
  readonly stamp?: Stamp
  /**
   * It has no stamp, and noise was taken out of it or follows it on its line: it may have had a stamp,
   * and its > may be the noise's.
   */
  readonly doubtful?: boolean
  /** What was read, from `<` to `>`. */
  readonly text: string
  /** What follows it on its last line. */
  readonly rest: string
}

/**
 * Where a kernel message begins: "[   12.345678] ", with the caller that CONFIG_PRINTK_CALLER adds and
 * the level that a raw log shows. The message is the rest of that line.
 */
export const kernelStamp = /(?:<\d{1,3}>)?\[ {0,6}\d{1,7}\.\d{6}\](?:\[ {0,6}[CT]\d{1,7}\])? ?/

const kernelStamps = new RegExp(kernelStamp, "g")

/**
 * Reads a signal at the very start of `text`, as if no noise had fallen on it. A signal without a
 * stamp that holds a kernel message is not read: the > that ends it may be the message's.
 */
export const readToken = (text: string): Token | undefined => {
  const end = text.indexOf(">") + 1
  if (end === 0 || !text.startsWith("<LAVA_")) return undefined
  const found = findStamp(text)
  if (found !== undefined) {
    const { length, sum } = summarize(text.slice(0, found.covered))
    if (length === found.stamp.length && sum === found.stamp.sum) {
      return {
        signal: readSignal(text.slice(1, found.start)),
        stamp: found.stamp,
        text: text.slice(0, found.end),
        rest: text.slice(found.end),
      }
    }
    if (found.end === end) return undefined
  }
  const shown = text.slice(0, end)
  const rest = text.slice(end)
  const signal = readSignal(shown.slice(1, -1))
  if (signal.type === "misread" || kernelStamp.test(shown)) return undefined
  const doubtful = rest.slice(0, kernelStamp.exec(rest)?.index).trim() !== ""
  return { signal, text: shown, rest, ...(doubtful && { doubtful }) }
}

/**
 * Reads a signal into which kernel messages or other lines fell: they end at the end of a line, and
 * the signal goes on at the start of the next. `lines` is the text from the signal's `<` on, its last
 * line the newest. A kernel message is cut out from its time stamp on. What has none is cut out where
 * only one place gives a signal: told by the stamp's length and sum or, for a signal without a stamp,
 * by what a signal may look like. Anything else is not repaired: a guess is not a result.
 */
export const repair = (lines: ReadonlyArray<string>): Token | undefined => {
  const last = lines[lines.length - 1] ?? ""
  if (!last.includes(">")) return undefined
  const token = withoutKernelMessages(lines) ?? inOneWay(lines) ?? bySum(lines)
  if (token === undefined || token.stamp !== undefined || lines.length === 1) return token
  return { ...token, doubtful: true }
}

const withoutKernelMessages = (lines: ReadonlyArray<string>): Token | undefined => {
  let joined = ""
  for (const [index, line] of lines.entries()) {
    const cut = line.search(kernelStamp)
    // A line that noise did not end is the signal's last one.
    if (cut === -1 && index < lines.length - 1) return undefined
    joined += cut === -1 ? line : line.slice(0, cut)
  }
  return readToken(joined)
}

/** How much of a line may belong to the signal: up to any kernel message, nothing, or all. */
const keeps = (line: string, isLast: boolean): ReadonlyArray<number> => {
  const cuts = Array.from(line.matchAll(kernelStamps), (match) => match.index)
  if (cuts[0] === 0) return [0]
  return isLast ? [line.length, ...cuts] : [...cuts, 0, line.length]
}

const maximumReadings = 512
const maximumFirst = 1024

/** Tries each line cut at each kernel message in it: one of these messages may have split another. */
const inOneWay = (lines: ReadonlyArray<string>): Token | undefined => {
  let readings = [""]
  for (const [index, line] of lines.entries()) {
    const lengths = keeps(line, index === lines.length - 1)
    if (readings.length * lengths.length > maximumReadings) return undefined
    readings = readings.flatMap((start) => lengths.map((length) => start + line.slice(0, length)))
  }
  const whole = readings.map(readToken).filter((token) => token !== undefined)
  const sure = whole.find((token) => token.stamp !== undefined)
  return sure ?? onlyOne([...whole, ...atAnyPlace(lines)])
}

/**
 * For a signal without a stamp, and noise without a time stamp: every way to end the first line early,
 * drop the lines between and go on with the last one.
 */
const atAnyPlace = (lines: ReadonlyArray<string>): ReadonlyArray<Token> => {
  const first = lines[0] ?? ""
  const last = lines[lines.length - 1] ?? ""
  // With a > before the last line, nobody can say where the signal ended.
  if (lines.length < 2 || lines.slice(0, -1).some((line) => line.includes(">"))) return []
  if (first.length > maximumFirst) return []
  const tokens: Token[] = []
  for (let length = 1; length <= first.length; length++) {
    const token = readToken(first.slice(0, length) + last)
    if (token !== undefined) tokens.push(token)
  }
  return tokens
}

const onlyOne = (tokens: ReadonlyArray<Token>): Token | undefined =>
  tokens.every((token) => token.text === tokens[0]?.text) ? tokens[0] : undefined

/** Longest text and largest number of lines that are searched for a signal by its sum. */
const maximumText = 4096
const maximumLines = 12

/**
 * Searches for one or two stretches of noise whose removal gives the length and sum of the stamp at
 * the end: one stretch anywhere, or two that each end with a line.
 */
const bySum = (lines: ReadonlyArray<string>): Token | undefined => {
  const last = lines[lines.length - 1] ?? ""
  const found = findStamp(last)
  if (found === undefined) return undefined
  const ends: number[] = []
  let text = ""
  for (const line of lines.slice(0, -1)) {
    text += printable(line)
    ends.push(text.length)
  }
  text += printable(last.slice(0, found.covered))
  if (text.length > maximumText) return undefined

  const tokens: Token[] = []
  for (const covered of removals(text, ends, found.stamp)) {
    const signal = readSignal(covered.slice(1, covered.lastIndexOf(" #")))
    if (signal.type === "misread") continue
    const { stamp, covered: index, end } = found
    const shown = covered + last.slice(index, end)
    tokens.push({ signal, stamp, text: shown, rest: last.slice(end) })
  }
  return onlyOne(tokens)
}

/** The texts of the stamp's length and sum that are left when noise is taken out of `text`. */
function* removals(text: string, ends: ReadonlyArray<number>, stamp: Stamp): Iterable<string> {
  const noise = text.length - stamp.length
  if (noise < 0) return
  const sums = prefixSums(text)
  const join = (before: number, from: number, to: number): number => {
    const shift = power(to - from)
    const tail = (((sums[to] ?? 0) - (sums[from] ?? 0) * shift) % modulus) + modulus
    return (before * shift + tail) % modulus
  }
  for (let start = 0; start <= stamp.length; start++) {
    if (join(sums[start] ?? 0, start + noise, text.length) === stamp.sum) {
      yield text.slice(0, start) + text.slice(start + noise)
    }
  }
  if (ends.length > maximumLines) return
  for (const [index, firstEnd] of ends.entries()) {
    for (const secondEnd of ends.slice(index + 1)) {
      for (let start = 0; start < firstEnd; start++) {
        const second = secondEnd - (noise - (firstEnd - start))
        if (second < firstEnd || second > secondEnd) continue
        const before = join(sums[start] ?? 0, firstEnd, second)
        if (join(before, secondEnd, text.length) === stamp.sum) {
          yield text.slice(0, start) + text.slice(firstEnd, second) + text.slice(secondEnd)
        }
      }
    }
  }
}

const prefixSums = (text: string): ReadonlyArray<number> => {
  const sums = [0]
  for (let i = 0; i < text.length; i++) {
    sums.push(((sums[i] ?? 0) * multiplier + text.charCodeAt(i) - 0x20) % modulus)
  }
  return sums
}

const powers = [1]
const power = (exponent: number): number => {
  for (let i = powers.length; i <= exponent; i++) {
    powers.push(((powers[i - 1] ?? 1) * multiplier) % modulus)
  }
  return powers[exponent] ?? 1
}
