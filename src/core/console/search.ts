import { compilePattern, type CompiledPattern, type Pattern } from "./pattern.ts"

/** A match may begin at most this many characters before the line it ends in. */
const lineSpan = 4096

/** What a search is given: the text in which a match may begin and end. */
export interface SearchText {
  readonly text: string
  /** Index in `text` before which no match begins: an earlier wait has taken that. */
  readonly from: number
  /** Index in `text` of the first line that has not been searched as a whole. */
  readonly lineFrom: number
  /** Nothing more is coming for now: what is there of the last line may be taken for whole. */
  readonly settled: boolean
}

/** A match, by indices into the text that was searched. */
export interface Found {
  readonly name: string
  readonly start: number
  readonly end: number
  readonly groups: ReadonlyArray<string | undefined>
  readonly named: Readonly<Record<string, string | undefined>>
}

/** What a wait waits for. */
export interface Search {
  /** Characters before the last line that it must be able to see again. */
  readonly overlap: number
  /** Whether a pause in the text may bring a match. */
  readonly wantsSettled: boolean
  readonly find: (text: SearchText) => Found | undefined
}

/**
 * Searches for the pattern that the console's text holds first. The answer does not depend on how the
 * text was cut into chunks: a closed pattern is taken where it ends first, any other at the end of
 * the line it ends in, or in a last line that has settled. Of two that end together the first in the
 * list is taken.
 */
export const patternSearch = (patterns: ReadonlyArray<Pattern>): Search => {
  const compiled = patterns.map(compilePattern)
  const closed = compiled.filter((pattern) => pattern.closed)
  const open = compiled.filter((pattern) => !pattern.closed)
  return {
    overlap: compiled.some((pattern) => pattern.spansLines) ? lineSpan : 0,
    wantsSettled: open.length > 0,
    find: (searched) => {
      let first: Found | undefined
      for (const pattern of closed) {
        const text = first ? searched.text.slice(0, first.end - 1) : searched.text
        first = earliest(pattern, { ...searched, text }) ?? first
      }
      if (open.length === 0) return first
      const text = first ? searched.text.slice(0, first.end) : searched.text
      return atLineEnd(open, { ...searched, text, settled: searched.settled && !first }) ?? first
    },
  }
}

const firstIndex = (pattern: CompiledPattern, { from, lineFrom }: SearchText): number =>
  pattern.spansLines ? from : Math.max(from, lineFrom)

/** The match of a closed pattern that ends first: the one seen first if the text came byte by byte. */
const earliest = (pattern: CompiledPattern, searched: SearchText): Found | undefined => {
  let { text } = searched
  let first: Found | undefined
  for (;;) {
    const found = match(pattern, text, firstIndex(pattern, searched))
    if (!found) return first
    first = found
    text = text.slice(0, found.end - 1)
  }
}

/** The first line at whose end one of the patterns matches. */
const atLineEnd = (
  patterns: ReadonlyArray<CompiledPattern>,
  searched: SearchText,
): Found | undefined => {
  const { text, from, lineFrom, settled } = searched
  const possible = patterns.filter((pattern) => match(pattern, text, firstIndex(pattern, searched)))
  if (possible.length === 0) return undefined
  let start = Math.max(from, lineFrom)
  while (start < text.length) {
    const lineEnd = text.indexOf("\n", start)
    if (lineEnd < 0 && !settled) return undefined
    const end = lineEnd < 0 ? text.length : lineEnd
    const line = text.slice(0, end)
    for (const pattern of possible) {
      const found = match(
        pattern,
        line,
        pattern.spansLines ? Math.max(from, start - lineSpan) : start,
      )
      if (found) return found
    }
    if (lineEnd < 0) return undefined
    start = lineEnd + 1
  }
  return undefined
}

const match = ({ name, regex }: CompiledPattern, text: string, from: number): Found | undefined => {
  regex.lastIndex = from
  const result = regex.exec(text)
  if (!result) return undefined
  const [whole, ...groups] = result
  const start = result.index
  return { name, start, end: start + whole.length, groups, named: { ...result.groups } }
}
