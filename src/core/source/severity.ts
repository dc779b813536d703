/**
 * What a problem of a file is, where it is not one that LAVA refuses a job for: a slip of its author's that LAVA does
 * not look at; something that is right in itself, but cannot be had here; or something that is taken, but without effect.
 */
export type Severity = "slip" | "unsupported" | "warning"

/** What a schema's message begins with: zod carries nothing else from a schema to an issue. */
const marks: Readonly<Record<Severity, string>> = {
  slip: "\u0001",
  unsupported: "\u0002",
  warning: "\u0003",
}

const severities = ["slip", "unsupported", "warning"] as const

/** A schema's message about a mistake that LAVA does not see; the usual words where it is empty. */
export const slip = (message = ""): string => `${marks.slip}${message}`

/** A schema's message about what is right in itself but cannot be had here; the usual words where it is empty. */
export const unsupported = (message = ""): string => `${marks.unsupported}${message}`

/** A schema's message about what is taken, but without effect. */
export const warning = (message = ""): string => `${marks.warning}${message}`

/** The severity that a schema's message has, and its words. */
export const readSeverity = (
  message: string,
): { readonly severity?: Severity; readonly words: string } => {
  const severity = severities.find((each) => message.startsWith(marks[each]))
  return severity === undefined
    ? { words: message }
    : { severity, words: message.slice(marks[severity].length) }
}
