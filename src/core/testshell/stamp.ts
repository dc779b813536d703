/**
 * What our helpers on the device (device-scripts/lava-signal.sh) append to a signal:
 * `<LAVA_SIGNAL_NAME argument... #stage.number.length.sum>`.
 */
export interface Stamp {
  /** Name of the stage's directory in the overlay: "0", "1", ... */
  readonly stage: string
  /** Counts the signals of one run of lava-test-runner, from 1. */
  readonly number: number
  /** Count of the printable ASCII characters from `<` up to and including the number. */
  readonly length: number
  /** Sum over the same characters. */
  readonly sum: number
}

/** Modulus of the sum: the largest prime below 2^24, so that its product with the multiplier fits 31 bits. */
export const modulus = 16777213

/** Multiplier of the sum: each character counts by its place, so that swapped ones are noticed. */
export const multiplier = 127

/** The characters that length and sum are about: whatever a console makes of others, these survive. */
export const printable = (text: string): string => text.replace(/[^ -~]+/g, "")

/** Length and sum of a text's printable characters. */
export const summarize = (text: string): { readonly length: number; readonly sum: number } => {
  let length = 0
  let sum = 0
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code < 0x20 || code > 0x7e) continue
    sum = (sum * multiplier + code - 0x20) % modulus
    length++
  }
  return { length, sum }
}

/** A signal as our helpers write it, without the line's end. `text` is what stands after `<`. */
export const stamped = (text: string, stage: string, number: number): string => {
  const covered = `<${text} #${stage}.${number}`
  const { length, sum } = summarize(covered)
  return `${covered}.${length}.${sum}>`
}

/** A stamp where it stands in `text`: `covered` is the index at which what it is about ends. */
export interface FoundStamp {
  readonly stamp: Stamp
  readonly start: number
  readonly covered: number
  readonly end: number
}

/** Finds the first stamp in a text, right or wrong. */
export const findStamp = (text: string): FoundStamp | undefined => {
  const match = / #(\w+)\.(\d{1,9})\.(\d{1,9})\.(\d{1,9})>/.exec(text)
  if (match === null) return undefined
  const [whole, stage = "", number = "", length = "", sum = ""] = match
  return {
    stamp: { stage, number: Number(number), length: Number(length), sum: Number(sum) },
    start: match.index,
    covered: match.index + ` #${stage}.${number}`.length,
    end: match.index + whole.length,
  }
}
