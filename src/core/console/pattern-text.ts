import * as z from "zod"
import { messageOf } from "../pipeline/errors.ts"

/** A check that a text is a regular expression in JavaScript's syntax, to be given to a schema's `superRefine`. */
export const isPattern = (text: string, context: z.core.$RefinementCtx<string>): void => {
  try {
    RegExp(text)
  } catch (error) {
    const fault = messageOf(error).replace(/^.*: /s, "")
    context.addIssue(`expected a regular expression (${fault})`)
  }
}

/**
 * A regular expression as a person writes it in a file. (Python's, which LAVA takes, is the same as JavaScript's for
 * what prompts and messages need.)
 */
export const PatternText = z.string().min(1).superRefine(isPattern)
