import type { ConsoleLine, JobEvent } from "../../pipeline/events.ts"
import { maskedText } from "../../secret-forms.ts"

/** An echo is looked for in so many lines of the device's after what was typed: the kernel may write in between. */
const patience = 3

/** A line and when it came, in milliseconds since 1970. */
export type TimedLine = ConsoleLine & Pick<JobEvent, "time" | "node">

interface Typed {
  readonly event: TimedLine
  /** How many of the device's lines have come since. */
  age: number
}

/** Takes what was typed out of a console's lines where the device gives it back. */
export interface Echoes {
  /** The lines to show now, in their order. */
  readonly take: (event: TimedLine) => ReadonlyArray<TimedLine>
  /** What was typed and has had no echo so far: whatever comes next, it was before that. */
  readonly rest: () => ReadonlyArray<TimedLine>
}

/**
 * What is typed on a console comes back in the device's own line, behind its prompt, and need not be shown twice. A
 * password does not come back, nor does what a dead device was given: that is shown as typed.
 */
export const joinEchoes = (): Echoes => {
  let typed: Array<Typed> = []

  const takeEchoed = ({ console, line }: TimedLine): void => {
    let from = 0
    typed = typed.filter(({ event }) => {
      const at = event.console === console ? line.indexOf(event.line, from) : -1
      if (at >= 0) from = at + event.line.length
      return at < 0
    })
  }
  const takeOld = (): ReadonlyArray<TimedLine> => {
    const old = typed.filter((each) => ++each.age > patience)
    typed = typed.filter((each) => !old.includes(each))
    return old.map(({ event }) => event)
  }
  return {
    take: (event) => {
      if (event.direction === "input") {
        // Nothing gives a password back.
        if (event.line === maskedText) return [event]
        typed.push({ event, age: 0 })
        return []
      }
      takeEchoed(event)
      return [...takeOld(), event]
    },
    rest: () => {
      const all = typed.map(({ event }) => event)
      typed = []
      return all
    },
  }
}
