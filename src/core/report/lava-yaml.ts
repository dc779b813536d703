/**
 * LAVA's logs are YAML in flow style, which JSON is too, but for a few characters: what YAML 1.1 takes for a
 * line break or calls unprintable stands escaped here, so that PyYAML, which most readers of these files use,
 * reads back what was written.
 */
const unprintable = /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g

/** A text in double quotes, for JSON and for YAML alike. */
export const quote = (text: string): string =>
  JSON.stringify(text.toWellFormed()).replace(
    unprintable,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  )

/** A value on one line, for JSON and for YAML alike; an entry that is undefined is left out. */
export const flow = (value: unknown): string => {
  if (typeof value === "string") return quote(value)
  if (typeof value === "number") return Number.isFinite(value) ? decimal(String(value))! : "null"
  if (typeof value === "boolean") return String(value)
  if (typeof value === "bigint") return String(value)
  if (Array.isArray(value)) return `[${value.map(flow).join(", ")}]`
  if (typeof value !== "object" || value === null) return "null"
  return mapping(
    Object.entries(value).map(([key, item]) => [key, item === undefined ? item : flow(item)]),
  )
}

/** A mapping as YAML for people, a line for each key. */
export const block = (value: object): string =>
  Object.entries(value)
    .map(([key, item]) => `${quote(key)}: ${flow(item)}\n`)
    .join("")

/** A mapping of values that are written already, without those that are undefined. */
export const mapping = (entries: ReadonlyArray<readonly [string, string | undefined]>): string =>
  `{${entries
    .filter(([, text]) => text !== undefined)
    .map(([key, text]) => `${quote(key)}: ${text}`)
    .join(", ")}}`

const number = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?)(\d+))?$/

/**
 * A number as JSON and YAML 1.1 both read it, every digit kept: ".50" becomes 0.50, "1e5" becomes 1.0e+5
 * (which PyYAML would otherwise take for a text). Undefined where the text is no decimal number.
 */
export const decimal = (text: string): string | undefined => {
  const [, sign, whole = "", fraction = "", exponentSign, exponent] = number.exec(text) ?? []
  if (whole === "" && fraction === "") return undefined
  const integer = whole.replace(/^0+(?=\d)/, "") || "0"
  const decimals = fraction || (exponent === undefined ? "" : "0")
  const tail = exponent === undefined ? "" : `e${exponentSign || "+"}${exponent}`
  return `${sign === "-" ? "-" : ""}${integer}${decimals && `.${decimals}`}${tail}`
}
