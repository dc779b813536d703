import type { Output } from "../../../../src/core/report/output.ts"

/** A terminal in memory: it knows what the live region uses (ECMA-48) and refuses everything else. */
export const openScreen = (columns: number, rows = 24) => {
  const lines: Array<Array<string>> = [[]]
  let row = 0
  let column = 0
  let writes = 0
  const put = (character: string) => {
    if (column >= columns) throw new Error(`a line is wider than the terminal: ${show(row)}`)
    const line = (lines[row] ??= [])
    while (line.length < column) line.push(" ")
    line[column++] = character
  }
  const show = (index: number): string => (lines[index] ?? []).join("").trimEnd()

  const control: ReadonlyArray<readonly [RegExp, (argument: string) => void]> = [
    [/^\x1b\[[\d;]*m/, () => {}],
    [/^\x1b\[\?2026[hl]/, () => {}],
    [/^\x1b\[(\d+)A/, (count) => (row = Math.max(0, row - Number(count)))],
    [/^\x1b\[K/, () => lines[row]?.splice(column)],
    [
      /^\x1b\[J/,
      () => {
        lines[row]?.splice(column)
        lines.splice(row + 1)
      },
    ],
    [/^\r/, () => (column = 0)],
    [
      /^\n/,
      () => {
        column = 0
        row++
        lines[row] ??= []
      },
    ],
  ]

  const output: Output = {
    live: true,
    colour: true,
    unicode: true,
    size: () => ({ columns, rows }),
    unread: () => 0,
    flush: async () => {},
    write: (text) => {
      writes++
      let rest = text
      while (rest !== "") {
        const [pattern, act] = control.find(([pattern]) => pattern.test(rest)) ?? []
        const found = pattern?.exec(rest)
        if (found && act) {
          act(found[1] ?? "")
          rest = rest.slice(found[0].length)
        } else {
          const character = String.fromCodePoint(rest.codePointAt(0) ?? 0)
          if (/\p{Cc}/u.test(character))
            throw new Error(`unknown control: ${JSON.stringify(rest.slice(0, 20))}`)
          put(character)
          rest = rest.slice(character.length)
        }
      }
    },
  }
  return {
    output,
    /** What stands there, scrolled away or not, without empty lines at the end. */
    text: () =>
      lines
        .map((_, index) => show(index))
        .join("\n")
        .trimEnd(),
    /** Where the cursor is. */
    cursor: () => ({ row, column, below: lines.length - 1 - row }),
    writes: () => writes,
  }
}
