import { escapeRegex } from "../escape-regex.ts"

/**
 * What a wait looks for. A string is taken as it is. A regular expression is matched with `^` and `$`
 * at every line's start and end, and must not use the `v` flag.
 */
export interface Pattern {
  /** Told by the match, so that the caller knows which of several patterns it was. */
  readonly name: string
  readonly pattern: string | RegExp
}

/** A pattern made ready for the matcher. */
export interface CompiledPattern {
  readonly name: string
  readonly regex: RegExp
  /**
   * The match cannot grow when more text comes, so it is taken as soon as it is there ("login: ",
   * `[#$] `). Of any other (`\d+`, `.*`, `$`) only a line's end or a pause can tell that it is whole.
   */
  readonly closed: boolean
  /** A match may hold a line end, so that text before the current line must be kept for it. */
  readonly spansLines: boolean
}

/** Makes a pattern ready for the matcher. */
export const compilePattern = ({ name, pattern }: Pattern): CompiledPattern => {
  if (typeof pattern === "string")
    return {
      name,
      regex: new RegExp(escapeRegex(pattern), "g"),
      closed: true,
      spansLines: pattern.includes("\n"),
    }
  const flags = new Set(pattern.flags).add("g").add("m")
  flags.delete("y")
  const { closed, spansLines } = analyse(pattern)
  return { name, regex: new RegExp(pattern.source, [...flags].join("")), closed, spansLines }
}

// One element of a regular expression's source: an escape, a character class, the start of a group,
// or one character.
const elements =
  /\\(?:[xucpPk](?:\{[^}]*\}|<[^>]*>|[0-9A-Fa-f]{4}|[0-9A-Fa-f]{2}|[A-Za-z])?|.)|\[(?:\\.|[^\]\\])*\]|\((?:\?(?:<?[=!]|<[^>]*>|[a-z-]*:))?|[^]/g

/** A group that is being read: whether each of its alternatives so far is closed. */
interface Group {
  readonly start: string
  readonly alternatives: Array<boolean>
}

/** Reads off the source, erring on the careful side, what a match can do. */
const analyse = (pattern: RegExp): { closed: boolean; spansLines: boolean } => {
  const groups: Array<Group> = []
  let group: Group = { start: "", alternatives: [] }
  let spansLines = pattern.dotAll
  let closed = false // whether what was read of the current alternative is
  for (const [element] of pattern.source.matchAll(elements)) {
    if (matchesLineEnd(element)) spansLines = true
    if (element.startsWith("(")) {
      groups.push(group)
      group = { start: element, alternatives: [] }
      closed = false
    } else if (element === ")") {
      // What a look-ahead forbids may still be to come.
      closed = !/[=!]$/.test(group.start) && [...group.alternatives, closed].every(Boolean)
      group = groups.pop() ?? group
    } else if (element === "|") {
      group.alternatives.push(closed)
      closed = false
    } else closed = isOneCharacter(element)
  }
  return { closed: [...group.alternatives, closed].every(Boolean), spansLines }
}

const matchesLineEnd = (element: string): boolean =>
  element.startsWith("[^")
    ? !element.includes("\\n")
    : element.startsWith("[")
      ? /\\[nrsDWxucpP]|\n/.test(element)
      : /^\\[nrsDWxucpP]|^\n$/.test(element)

/** Whether an element takes exactly one character, so that a match that ends with it is whole. */
const isOneCharacter = (element: string): boolean => !/^(?:\\[bBk\d]|[*+?{}^$]$)/.test(element)
