import type { Readable } from "node:stream"
import { PlainText } from "./plain-text.ts"

/** A line that is longer is cut: nothing that a shell's test says is. */
const longestLine = 64 * 1024

/** The lines of an output as a console would show them, as many at a time as are read at once. */
export async function* textLines(output: Readable): AsyncGenerator<ReadonlyArray<string>> {
  const plain = new PlainText()
  let rest = ""
  for await (const chunk of output) {
    const lines = (rest + plain.push(chunk as Buffer)).split("\n")
    rest = (lines.pop() ?? "").slice(0, longestLine)
    if (lines.length > 0) yield lines
  }
  if (rest !== "") yield [rest]
}
