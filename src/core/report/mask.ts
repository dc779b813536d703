import { inspect } from "node:util"
import { type DispatchError, isDispatchError, reworded } from "../pipeline/errors.ts"
import type { JobEvent } from "../pipeline/events.ts"
import { anyOf, maskedText, secretForms } from "../secret-forms.ts"

/** Blanks the secrets in a text. */
export type Mask = (text: string) => string

/** Makes the function that puts `[MASKED]` in the place of every secret, in all its forms: see secretForms. */
export const makeMask = (secrets: Iterable<string>): Mask => {
  const forms = secretForms(secrets)
  if (forms.length === 0) return (text) => text
  const pattern = anyOf(forms)
  return (text) => text.replace(pattern, maskedText)
}

/** Fields that hold one of our own words, never text from outside; a node is told by its name. */
const vocabulary = new Set([
  "type",
  "node",
  "level",
  "direction",
  "edge",
  "result",
  "outcome",
  "status",
])

/** The same event with the secrets blanked in everything it says. */
export const maskEvent = (mask: Mask, event: JobEvent): JobEvent => {
  if (event.type === "console") {
    const line = mask(event.line)
    return line === event.line ? event : { ...event, line }
  }
  const fields = Object.entries(event).map(([key, value]) => [
    key,
    vocabulary.has(key) ? value : maskValue(mask, value),
  ])
  return Object.fromEntries(fields) as JobEvent
}

const maskValue = (mask: Mask, value: unknown): unknown => {
  if (typeof value === "string") return mask(value)
  if (isDispatchError(value)) return maskError(mask, value)
  if (Array.isArray(value)) return value.map((item) => maskValue(mask, item))
  if (typeof value !== "object" || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [mask(key), maskValue(mask, item)]),
  )
}

const maskError = (mask: Mask, error: DispatchError): DispatchError => {
  const { cause } = error
  const masked = reworded(error, {
    message: mask(error.message),
    ...(error.action !== undefined && { action: error.action }),
    ...(error.device !== undefined && { device: error.device }),
    ...(error.console !== undefined && { console: error.console.map(mask) }),
    ...(cause !== undefined && { cause: mask(typeof cause === "string" ? cause : inspect(cause)) }),
  })
  if (error.stack !== undefined) masked.stack = mask(error.stack)
  return masked
}
