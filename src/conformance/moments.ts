/** A moment in what a board writes to its console, and how it reads in a report. */
export interface Moment {
  readonly afterBytes: number
  readonly said: string
}

/** So many moments of a job are tried. */
const moments = 10

/** Moments in what a board has written: before all, after a line and within one, spread evenly. */
export const momentsOf = (read: string): ReadonlyArray<Moment> => {
  const ends = [...read.matchAll(/[^\n]*\n?/g)].flatMap(({ index, 0: line }) =>
    line === "" ? [] : [index + Math.ceil(line.length / 2), index + line.length],
  )
  const step = Math.max(1, ends.length / (moments - 1))
  const chosen = Array.from(
    { length: Math.min(ends.length, moments - 1) },
    (_, index) => ends[Math.floor(index * step)]!,
  )
  return [0, ...new Set(chosen)].map((afterBytes) => {
    const text = read.slice(0, afterBytes).replace(/\r?\n$/, "")
    const line = text.slice(text.lastIndexOf("\n") + 1).slice(-60)
    const said =
      afterBytes === 0
        ? "from the beginning"
        : `after ${afterBytes} of its ${read.length} bytes, behind ${JSON.stringify(line)}`
    return { afterBytes, said }
  })
}
