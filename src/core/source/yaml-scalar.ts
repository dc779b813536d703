const booleans: ReadonlyMap<string, boolean> = new Map([
  ...["true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON"].map(
    (text) => [text, true] as const,
  ),
  ...["false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF"].map(
    (text) => [text, false] as const,
  ),
])

const nulls = new Set(["", "~", "null", "Null", "NULL"])

const integer = (sign: string | undefined, digits: string, base: number, text: string) => {
  const value = Number.parseInt(digits.replaceAll("_", ""), base)
  if (Number.isNaN(value)) return text
  // A revision or an id of many digits would lose its last ones as a number.
  return Number.isSafeInteger(value) ? (sign === "-" ? -value : value) : text
}

/**
 * The value of an unquoted YAML scalar, as LAVA's loader (PyYAML, YAML 1.1) takes it: `yes` and `off`
 * are booleans, `0755` is octal, `y` is a string. On purpose it differs where that loader surprises:
 * `10:20:30` and `2024-01-31` stay text instead of becoming numbers in base 60 and dates, and so do
 * integers too long for a number.
 *
 * @param json whether the text is JSON, where `1e3` is a number; in YAML it may be a revision.
 */
export const resolveScalar = (text: string, json: boolean): string | number | boolean | null => {
  if (nulls.has(text)) return null
  const boolean = booleans.get(text)
  if (boolean !== undefined) return boolean
  // What does not begin like a number is none: spares most texts the patterns below.
  if (!/^[-+.\d]/.test(text)) return text
  const whole = /^([-+])?(?:0b([01_]+)|0x([\da-fA-F_]+)|(0[0-7_]*)|([1-9][\d_]*))$/.exec(text)
  if (whole) {
    const [, sign, binary, hexadecimal, octal, decimal] = whole
    if (binary !== undefined) return integer(sign, binary, 2, text)
    if (hexadecimal !== undefined) return integer(sign, hexadecimal, 16, text)
    if (octal !== undefined) return integer(sign, octal, 8, text)
    return integer(sign, decimal ?? "", 10, text)
  }
  if (/^[-+]?(\d[\d_]*\.[\d_]*|\.\d[\d_]*)([eE][-+]\d+)?$/.test(text)) {
    return Number(text.replaceAll("_", ""))
  }
  if (json && /^-?\d+(\.\d+)?[eE][-+]?\d+$/.test(text)) return Number(text)
  if (/^[-+]?\.(inf|Inf|INF)$/.test(text)) return text.startsWith("-") ? -Infinity : Infinity
  if (/^\.(nan|NaN|NAN)$/.test(text)) return Number.NaN
  return text
}
