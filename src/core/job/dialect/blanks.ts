import { problemAt, type SourceDocument } from "../../source/document.ts"
import { type Problem, quote } from "../../source/problem.ts"
import { isMapping } from "../rule.ts"
import type { Path } from "./draft.ts"

/**
 * A name in braces that a program fills in before a job is one: `{kernel_url}`. LAVA's own placeholders have capital
 * letters, a shell's variables a dollar.
 */
const blank = /(?<![$\\])\{[a-z][a-z0-9_]*\}/

/** Whether a text has places that are yet to be filled in. */
export const isBlank = (text: string): boolean => blank.test(text)

/**
 * The places of a template that are yet to be filled in, with a word for each.
 *
 * @param isProgram whether a key's value is something that runs or matches, where braces mean something else
 */
export const blanksOf = (
  document: SourceDocument,
  isProgram: (key: string) => boolean,
): ReadonlyArray<Problem> => {
  const found: Array<Problem> = []
  const look = (value: unknown, path: Path): void => {
    if (typeof value === "string") {
      const name = blank.exec(value)?.[0]
      if (name !== undefined) {
        const message = `is a place of a template, ${quote(name)}, that is yet to be filled in`
        found.push(problemAt(document, path, message))
      }
    } else if (Array.isArray(value)) {
      for (const [index, item] of value.entries()) look(item, [...path, index])
    } else if (isMapping(value)) {
      for (const [key, item] of Object.entries(value)) {
        if (!isProgram(key)) look(item, [...path, key])
      }
    }
  }
  look(document.value, [])
  return found
}
