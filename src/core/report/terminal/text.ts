import { stripVTControlCharacters } from "node:util"

/** More of a line than this is never looked at for the screen. */
const longestLine = 10_000

/**
 * A line from a board as a terminal may safely show it: nothing in it can move the cursor, clear the screen, set
 * the window's title or turn the reading direction round. Of a line that was overwritten (a countdown, a
 * progress display), what stood there last is shown.
 */
export const sanitise = (line: string): string => {
  if (line.length <= longestLine && /^[ -~]*$/.test(line)) return line
  const written = line.split("\r").findLast((part) => part.trim() !== "") ?? ""
  return backspaced(stripVTControlCharacters(written.slice(0, longestLine).toWellFormed()))
    .replace(/\t/g, "    ")
    .replace(/[\p{Cc}\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/gu, "")
}

/** The text after its backspaces did their work. */
const backspaced = (text: string): string => {
  if (!text.includes("\b")) return text
  const kept: Array<string> = []
  for (const character of text) {
    if (character === "\b") kept.pop()
    else kept.push(character)
  }
  return kept.join("")
}

/** Columns that a text takes on a terminal; escape sequences take none. */
export const textWidth = (text: string): number => {
  if (/^[ -~]*$/.test(text)) return text.length
  let width = 0
  for (const character of stripVTControlCharacters(text)) width += characterWidth(character)
  return width
}

/** Scripts whose characters take two columns (Unicode Annex 11, wide and fullwidth), in large strokes. */
const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u

const characterWidth = (character: string): number => {
  if (/[\p{Mn}\p{Me}\p{Cf}]/u.test(character)) return 0
  return wide.test(character) ? 2 : 1
}

/** A plain text cut to a width, with a sign where something is missing. */
export const truncate = (text: string, width: number, more = "…"): string => {
  if (textWidth(text) <= width) return text
  let cut = ""
  let left = width - textWidth(more)
  for (const character of text) {
    left -= characterWidth(character)
    if (left < 0) break
    cut += character
  }
  return width < 1 ? "" : cut + more
}

/** A text followed by spaces up to a width. */
export const pad = (text: string, width: number): string =>
  text + " ".repeat(Math.max(0, width - textWidth(text)))

/** A plain text in lines of at most this width, broken at spaces where that can be. */
export const wrap = (text: string, width: number): ReadonlyArray<string> =>
  text.split("\n").flatMap((paragraph) => {
    const lines: Array<string> = []
    let line = ""
    for (const word of paragraph.split(" ").flatMap((word) => pieces(word, width))) {
      if (line !== "" && textWidth(line) + 1 + textWidth(word) > width) {
        lines.push(line)
        line = word
      } else line = line === "" ? word : `${line} ${word}`
    }
    return [...lines, line]
  })

/** A word in pieces of at most this width; one piece where it is narrow enough. */
const pieces = (word: string, width: number): ReadonlyArray<string> => {
  const piece = truncate(word, Math.max(2, width), "")
  return piece === word ? [word] : [piece, ...pieces(word.slice(piece.length), width)]
}

/** One line with something at each end; where the width does not do for both, the left is cut. */
export const spread = (
  left: string,
  right: string,
  width: number,
  more = "…",
): [string, string] => {
  if (right === "") return [truncate(left, width, more), ""]
  const room = width - textWidth(right) - 1
  if (room < 8) return [truncate(left, width, more), ""]
  const cut = truncate(left, room, more)
  return [cut, " ".repeat(width - textWidth(cut) - textWidth(right)) + right]
}
