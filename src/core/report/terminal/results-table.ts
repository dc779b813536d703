import { suiteName } from "../per-node.ts"
import type { Style } from "../style.ts"
import { isGood, type ReportedCase } from "../summary.ts"
import { count, duration } from "./quantities.ts"
import { pad, sanitise, textWidth, truncate } from "./text.ts"
import { resultPaint } from "./transcript.ts"

/** Above this many cases the table shows only those that did not pass. */
const wholeTable = 40
/** The table never has more rows than this. */
const longestTable = 100

interface Row {
  readonly cells: ReadonlyArray<string>
  readonly of: ReportedCase
}

/**
 * The cases as a table: suite, case, result, measurement, duration. Where there are many, only those that did
 * not pass, and how many are left out.
 */
export const resultsTable = (
  cases: ReadonlyArray<ReportedCase>,
  width: number,
  style: Style,
): Array<string> => {
  if (cases.length === 0) return []
  const chosen = cases.length > wholeTable ? cases.filter((each) => !isGood(each.result)) : cases
  const rows = chosen.slice(0, longestTable).map(rowOf)
  const hidden = cases.length - rows.length
  const header = ["suite", "case", "result", "measurement", "time"]
  const filled = header.map((_, column) => rows.some(({ cells }) => cells[column] !== ""))
  const { used, widths } = fitColumns(
    [header, ...rows.map(({ cells }) => cells)],
    filled,
    width - 2,
  )
  const line = (cells: ReadonlyArray<string>, paint: (text: string, column: number) => string) =>
    `  ${cells
      .map((cell, column) => ({
        cell: truncate(cell, widths[column] ?? 0, style.signs.more),
        column,
      }))
      .filter(({ column }) => used[column])
      .map(({ cell, column }) => paint(pad(cell, widths[column] ?? 0), column))
      .join("  ")
      .trimEnd()}`
  const rest = `${style.signs.more} and ${count(hidden, "more case")}`
  return [
    "",
    ...(rows.length > 0 ? [line(header, style.dim)] : []),
    ...rows.map(({ cells, of }) =>
      line(cells, (text, column) => {
        if (column === 2) return resultPaint(of.result, style)(text)
        return column === 1 ? text : style.dim(text)
      }),
    ),
    ...(hidden > 0 ? [`  ${style.dim(rest)}`] : []),
  ]
}

const rowOf = (each: ReportedCase): Row => {
  const { measurement, units, durationSeconds } = each
  const value = measurement === undefined ? "" : `${measurement} ${units ?? ""}`
  const name = each.set === undefined ? each.case : `${each.set}/${each.case}`
  const time = durationSeconds === undefined ? "" : duration(durationSeconds)
  const cells = [suiteName(each), name, each.result, value, time].map((text) =>
    sanitise(text).trim(),
  )
  return { cells, of: each }
}

/** Columns that a narrow terminal does without, the first to go first: time, measurement, suite. */
const dispensable = [4, 3, 0]
/** What suite and case should have together. */
const roomForNames = 24

/** Which columns there is room for, and their widths; suite and case are shortened where that helps. */
const fitColumns = (
  rows: ReadonlyArray<ReadonlyArray<string>>,
  filled: ReadonlyArray<boolean>,
  width: number,
): { readonly used: ReadonlyArray<boolean>; readonly widths: ReadonlyArray<number> } => {
  const used = [...filled]
  const wanted = used.map((_, column) =>
    Math.max(...rows.map((row) => textWidth(row[column] ?? ""))),
  )
  const sum = (columns: ReadonlyArray<number>) =>
    columns.reduce((total, column) => total + (used[column] ? (wanted[column] ?? 0) : 0), 0)
  const room = () => width - 2 * (used.filter(Boolean).length - 1) - sum([2, 3, 4])
  for (const column of dispensable) {
    if (room() < Math.min(roomForNames, sum([0, 1]))) used[column] = false
  }
  const [suite = 0, name = 0] = wanted
  if (sum([0, 1]) <= room()) return { used, widths: wanted }
  const short = used[0] ? Math.min(suite, Math.floor(room() / 3)) : 0
  return { used, widths: [short, Math.min(name, room() - short), ...wanted.slice(2)] }
}
