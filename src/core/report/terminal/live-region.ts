import type { Output } from "../output.ts"
import { textWidth } from "./text.ts"

/** A few lines at the bottom of the terminal that are drawn anew while text scrolls by above them. */
export interface LiveRegion {
  /** Puts lines above the region for good, and draws the region as it now is: `[]` to be rid of it. */
  readonly draw: (above: ReadonlyArray<string>, region: ReadonlyArray<string>) => void
}

// ECMA-48: cursor up, erase to the end of the line, erase to the end of the screen. The other two
// (synchronized output) make a terminal that knows them show all of a drawing at once.
const up = (rows: number): string => (rows > 0 ? `\x1b[${rows}A` : "")
const eraseLine = "\x1b[K"
const eraseBelow = "\x1b[J"
const begin = "\x1b[?2026h"
const end = "\x1b[?2026l"

/**
 * Makes the region. Its lines must be narrower than the terminal. Each line is written over what stood there, the
 * screen is not cleared first, so that nothing flickers. Between drawings the cursor stands, visible, on an empty line
 * of its own below the region: whatever ends the process, a SIGKILL too, leaves the terminal as it should be.
 */
export const makeLiveRegion = (output: Output): LiveRegion => {
  let shown: ReadonlyArray<string> = []
  let before = output.size().columns
  return {
    draw: (above, region) => {
      const { columns, rows } = output.size()
      // A window made narrower has broken the lines that stood there into several.
      const heights = shown.map((line) => Math.max(1, Math.ceil(textWidth(line) / columns)))
      const height = heights.reduce((sum, each) => sum + each, 0)
      const anew = columns === before && region.length > 0 ? "" : eraseBelow
      const lines = [...above, ...region].map((line) => `${eraseLine}${line}\n`).join("")
      output.write(`${begin}\r${up(Math.min(height, rows - 1))}${anew}${lines}${eraseBelow}${end}`)
      shown = region
      before = columns
    },
  }
}
