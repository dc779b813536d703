import * as z from "zod"
import { messageOf } from "../pipeline/errors.ts"
import { slip, unsupported } from "../source/severity.ts"
import { fromPython } from "./python-pattern.ts"

/** A check that a text is a regular expression in JavaScript's or Python's syntax, to be given to a schema's `superRefine`. */
export const isPattern = (text: string, context: z.core.$RefinementCtx<string>): void => {
  try {
    RegExp(fromPython(text))
  } catch (error) {
    const fault = messageOf(error).replace(/^.*: /s, "")
    const words = `expected a regular expression (${fault})`
    context.addIssue(/\(\?(P|[aiLmsux]+[):])/.test(text) ? unsupported(words) : slip(words))
  }
}

/** A regular expression as a person writes it in a file, in JavaScript's syntax or Python's; read as JavaScript's. */
export const PatternText = z.string().min(1).superRefine(isPattern).transform(fromPython)
