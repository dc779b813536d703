import type { CommandLine } from "../console/command-line.ts"

/** What stands for each `{NAME}` of a command; undefined where the job has no such thing. */
export type Placeholders = Readonly<Record<string, string | undefined>>

const placeholder = /\{([A-Z][A-Z0-9_]*)\}/g

/**
 * Fills `{KERNEL}`, `{SERVER_IP}` and the like into a line. Answers undefined for a line that names
 * something the job does not have: LAVA drops such a line, so that one list of commands serves jobs
 * with and without a ramdisk or a device tree.
 */
export const fillIn = (line: string, values: Placeholders): string | undefined => {
  let complete = true
  const filled = line.replace(placeholder, (whole, name: string) => {
    const value = values[name]
    if (value === undefined) complete = false
    return value ?? whole
  })
  return complete ? filled : undefined
}

/** Fills placeholders into each word of a command; a word that cannot be filled stays as it is. */
export const fillInWords = (words: CommandLine, values: Placeholders): CommandLine =>
  words.map((word) => fillIn(word, values) ?? word)

/** Fills placeholders into each line and drops the lines that cannot be filled. */
export const fillInAll = (
  lines: ReadonlyArray<string>,
  values: Placeholders,
): ReadonlyArray<string> => lines.flatMap((line) => fillIn(line, values) ?? [])
