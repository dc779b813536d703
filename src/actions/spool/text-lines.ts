import type { FileHandle } from "node:fs/promises"
import { PlainText } from "../../core/console/plain-text.ts"

/** A line that is longer is cut: nothing that a shell's test says is. */
const longestLine = 64 * 1024

/** The lines of a file as a console would show them, as many at a time as are read at once; closes it. */
export async function* textLines(file: FileHandle): AsyncGenerator<ReadonlyArray<string>> {
  const plain = new PlainText()
  let rest = ""
  for await (const chunk of file.createReadStream()) {
    const lines = (rest + plain.push(chunk as Buffer)).split("\n")
    rest = (lines.pop() ?? "").slice(0, longestLine)
    yield lines
  }
  if (rest !== "") yield [rest]
}
