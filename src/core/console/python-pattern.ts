/**
 * A regular expression in Python's syntax, which LAVA's jobs and tests are written in, as JavaScript has it: groups
 * by name, references to them, the text's start and end. A carriage return before a line feed is left out, since the
 * console's text ends lines with `\n` alone. What is JavaScript's already stays as it is.
 */
export const fromPython = (source: string): string =>
  source.replace(/\\(?:r[?*+]?(?=\\n)|[AZ\\])|\(\?P[<=]\w*\)?/g, (found) => {
    if (found.startsWith("(?P<")) return `(?<${found.slice(4)}`
    if (found.startsWith("(?P=")) return String.raw`\k<${found.slice(4, -1)}>`
    if (found === String.raw`\A`) return "(?<![^])"
    if (found === String.raw`\Z`) return "(?![^])"
    return found === String.raw`\\` ? found : ""
  })
