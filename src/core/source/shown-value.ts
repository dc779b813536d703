import { quote } from "./problem.ts"

/** Keys whose values, and all below them, are never shown: passwords, tokens, HTTP headers. */
const secretKey = /secret|passw|passphrase|token|credential|cookie|header|auth(?!or)|key/i

/** Whether a value at this path must not be repeated in a message. */
const isSecret = (path: ReadonlyArray<PropertyKey>): boolean =>
  path.some((step) => typeof step === "string" && secretKey.test(step))

const kind = (value: unknown): string => {
  if (value === null || value === undefined) return "nothing"
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list"
  if (typeof value === "string") return value === "" ? "an empty string" : "a string"
  if (typeof value === "boolean") return "true or false"
  return typeof value === "object" ? "a mapping" : `a ${typeof value}`
}

/** URLs carry passwords before the `@` and tokens after the `?`. */
const withoutCredentials = (text: string): string =>
  text.replace(/\/\/[^/\s]*@/g, "//...@").replace(/([a-z]:\/\/[^?\s]*)\?.*/is, "$1?...")

/**
 * What stands at `path`, short: a scalar as it is; anything else, every secret, and a scalar that is the
 * whole document by its kind.
 */
export const showValue = (value: unknown, path: ReadonlyArray<PropertyKey>): string => {
  if (path.length === 0 || isSecret(path)) return kind(value)
  if (typeof value === "string") return quote(withoutCredentials(value))
  if (typeof value === "number" || typeof value === "boolean") return String(value)
  return kind(value)
}
