import { escapeRegex } from "./escape-regex.ts"

/** Secrets shorter than this stay visible: blanking every "a" would make a log unreadable. */
export const minimumSecretLength = 4

/** What stands in a secret's place. */
export const maskedText = "[MASKED]"

/**
 * All forms in which secrets may appear, the longest first: as they are, as they look inside JSON and inside a
 * URL, and the lines of one that has several (a private key) one by one, since a console shows them so.
 */
export const secretForms = (secrets: Iterable<string>): ReadonlyArray<string> => {
  const forms = new Set<string>()
  for (const secret of secrets) {
    for (const value of [secret, ...secret.split(/[\r\n]+/)]) {
      if (value.trim().length < minimumSecretLength) continue
      forms.add(value)
      forms.add(JSON.stringify(value).slice(1, -1))
      forms.add(encodeURIComponent(value.toWellFormed()))
    }
  }
  return [...forms].toSorted((a, b) => b.length - a.length)
}

/** A pattern that matches just these texts. */
export const anyOf = (texts: ReadonlyArray<string>): RegExp =>
  new RegExp(texts.map(escapeRegex).join("|"), "g")
