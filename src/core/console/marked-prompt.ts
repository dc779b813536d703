import { randomInt } from "node:crypto"
import { escapeRegex } from "../escape-regex.ts"
import { patternSearch, type Search } from "./search.ts"

/**
 * A shell prompt that tells the exit status of the command before it, and that nothing else looks
 * like. So the end of a command and its status are one thing to wait for, a syntax error ends there
 * as well, and the command itself stays as it was written.
 */
export interface MarkedPrompt {
  /** Value of PS1; the shell puts in the status at each prompt. */
  readonly ps1: string
  /** Finds the prompt, also when kernel messages were printed into it. */
  readonly search: Search
}

/** Kernel messages, which are whole lines, may be printed between any two characters of a prompt. */
const noise = String.raw`(?:[^\n]*\n){0,4}?`

/** A prompt with a mark of its own, as `{rc=0 k3x9}# `; it begins with what kernel messages seldom hold. */
export const markedPrompt = (): MarkedPrompt => {
  const mark = randomInt(36 ** 3, 36 ** 4).toString(36)
  const literal = (text: string) => Array.from(text, escapeRegex)
  // One to three digits; another is looked for behind noise before it is given up.
  const status = String.raw`(?<first>\d)` + further("second") + further("third")
  const parts = [...literal("{rc="), status, ...literal(` ${mark}}# `)]
  const search = patternSearch([{ name: "prompt", pattern: new RegExp(parts.join(noise)) }])
  return { ps1: `{rc=$? ${mark}}# `, search: { ...search, find: shortest(search.find) } }
}

const further = (name: string): string => String.raw`(?:${noise}(?<${name}>\d))?`

/** The last place where the match can begin: what stands before it is a command's output, not noise. */
const shortest =
  (find: Search["find"]): Search["find"] =>
  (searched) => {
    let found = find(searched)
    for (let next = found; next !== undefined;) {
      found = next
      next = find({ ...searched, text: searched.text.slice(0, next.end), from: next.start + 1 })
    }
    return found
  }

/** The exit status that a prompt tells, from the groups of its match. */
export const promptStatus = (named: Readonly<Record<string, string | undefined>>): number =>
  Number(`${named["first"] ?? ""}${named["second"] ?? ""}${named["third"] ?? ""}`)
