import type { Position } from "./problem.ts"

/**
 * Finds the line and column of an offset of a text. (The LineCounter of the parser's library loses a line
 * after a bracket that does not match.)
 */
export const lineIndex = (text: string): ((offset: number) => Position) => {
  const starts = [0]
  for (let end = text.indexOf("\n"); end !== -1; end = text.indexOf("\n", end + 1)) {
    starts.push(end + 1)
  }
  return (offset) => {
    let low = 0
    let high = starts.length
    while (high - low > 1) {
      const middle = (low + high) >> 1
      if (starts[middle]! <= offset) low = middle
      else high = middle
    }
    return { line: low + 1, column: Math.min(offset, text.length) - starts[low]! + 1 }
  }
}
