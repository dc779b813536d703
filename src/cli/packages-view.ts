import { basename } from "node:path"
import type { OnProgress } from "../core/artifacts/artifact.ts"
import { displayOf, openOutput } from "../core/report/output.ts"
import { styleFor } from "../core/report/style.ts"
import { makeLiveRegion } from "../core/report/terminal/live-region.ts"
import { bytes } from "../core/report/terminal/quantities.ts"
import { pad, textWidth } from "../core/report/terminal/text.ts"

/** A package, and what came of what was done with it. */
export interface PackageRow {
  readonly name: string
  /** Where it is; nowhere when not given. */
  readonly repository?: string
  readonly state: "uploaded" | "removed" | "listed" | "unlisted" | "missing" | "right" | "wrong"
  readonly size?: number | undefined
  /** Milliseconds since 1970. */
  readonly modified?: number | undefined
  readonly read?: number | undefined
  readonly md5?: string
  readonly sha256?: string
}

/** The packages as a table for people, or as JSON with times in ISO 8601. */
export const showPackages = (rows: ReadonlyArray<PackageRow>, format: "text" | "json"): string => {
  if (format === "json") {
    const isoOf = (time: number | undefined) => time && new Date(time).toISOString()
    const plain = rows.map(({ modified, read, ...row }) => {
      return { ...row, modified: isoOf(modified), read: isoOf(read) }
    })
    return `${JSON.stringify(plain, null, 2)}\n`
  }
  const { green, red, yellow, dim } = styleFor(displayOf())
  const paint = (row: PackageRow) =>
    ({ unlisted: yellow, missing: red, wrong: red })[row.state as string] ?? green
  const columns = [
    rows.map(({ name }) => name),
    rows.map(({ size }) => (size === undefined ? "" : bytes(size))),
    rows.map(({ modified }) => dayOf(modified)),
    rows.map(({ state }) => words[state]),
  ]
  const widths = columns.map((cells) => Math.max(0, ...cells.map(textWidth)))
  return rows
    .map((row, index) => {
      const [name, size, day, state] = columns.map((cells, column) => {
        const cell = cells[index] ?? ""
        return column === 1 ? cell.padStart(widths[1] ?? 0) : pad(cell, widths[column] ?? 0)
      })
      const cells = [name, size, day, paint(row)(state ?? ""), dim(row.repository ?? "")]
      return `${cells.filter(Boolean).join("  ").trimEnd()}\n`
    })
    .join("")
}

const words: Readonly<Record<PackageRow["state"], string>> = {
  uploaded: "uploaded",
  removed: "removed",
  listed: "has a checksum",
  unlisted: "has no checksum",
  missing: "is missing",
  right: "is right",
  wrong: "is wrong",
}

const dayOf = (time: number | undefined): string =>
  time === undefined ? "" : new Date(time).toISOString().slice(0, 16).replace("T", " ")

/** Shows on a terminal how far an upload has come, until it is disposed of. */
export const uploadProgress = (file: string): Disposable & { readonly report: OnProgress } => {
  const output = openOutput(process.stderr)
  const region = output.live ? makeLiveRegion(output) : undefined
  return {
    report: ({ received, total = 0 }) =>
      region?.draw([], [`${basename(file)}  ${bytes(received)} of ${bytes(total)}`]),
    [Symbol.dispose]: () => region?.draw([], []),
  }
}
