import { anyOf, maskedText, secretForms } from "../secret-forms.ts"

/** Takes bytes in chunks of any size, and gives them with the secrets blanked. */
export interface ByteMask {
  /** The bytes up to the last that might be the beginning of a secret. */
  readonly push: (bytes: Uint8Array) => Uint8Array
  /** What was held back: no more bytes come. */
  readonly end: () => Uint8Array
}

/**
 * Makes a mask for a stream of bytes, where a secret may come in any number of pieces. Undefined where there is
 * nothing to blank.
 */
export const makeByteMask = (secrets: Iterable<string>): ByteMask | undefined => {
  // One character a byte: a chunk may end inside a character.
  const forms = secretForms(secrets)
    .filter((form) => !/[\r\n]/.test(form))
    .map((form) => Buffer.from(form).toString("latin1"))
    .toSorted((a, b) => b.length - a.length)
  if (forms.length === 0) return undefined
  const pattern = anyOf(forms)
  const longest = forms[0]?.length ?? 0
  let held = ""

  /** Where the text's end begins that further bytes may make a secret. */
  const openEnd = (text: string, from: number): number => {
    for (let start = Math.max(from, text.length - longest + 1); start < text.length; start++) {
      const end = text.slice(start)
      if (forms.some((form) => form.length > end.length && form.startsWith(end))) return start
    }
    return text.length
  }

  return {
    push: (bytes) => {
      const text =
        held + Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1")
      let shown = ""
      let done = 0
      for (const { 0: secret, index } of text.matchAll(pattern)) {
        // A longer secret may begin here, or before.
        if (openEnd(text, done) <= index) break
        shown += text.slice(done, index) + maskedText
        done = index + secret.length
      }
      const end = openEnd(text, done)
      held = text.slice(end)
      return Buffer.from(shown + text.slice(done, end), "latin1")
    },
    end: () => {
      const rest = held.replace(pattern, maskedText)
      held = ""
      return Buffer.from(rest, "latin1")
    },
  }
}
