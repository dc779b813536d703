import { readFileSync } from "node:fs"
import { join } from "node:path"

/** A row of docs/lava-differences.md: what differs, and the test that shows it. */
export interface DocumentedDifference {
  readonly what: string
  readonly test: string
}

/** The rows of the table in docs/lava-differences.md. */
export const documentedDifferences = (): ReadonlyArray<DocumentedDifference> =>
  readFileSync(join(import.meta.dirname, "../../docs/lava-differences.md"), "utf8")
    .split("\n")
    .filter((line) => line.startsWith("|"))
    .slice(2)
    .map((line) => {
      const cells = line.split("|").map((cell) => cell.trim())
      return { what: cells.at(1) ?? "", test: cells.at(-2) ?? "" }
    })
