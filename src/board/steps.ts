import type { Step } from "./script.ts"
import type { Pause } from "./task.ts"
import { fillIn, garbage, printed, type Values } from "./text.ts"

/** What the steps of a script do to their board. */
export interface Performer {
  readonly print: (bytes: Buffer) => void
  /** The values that were set, for placeholders. */
  readonly values: () => Values
  readonly set: (name: string, value: string) => void
  /** While the console is behind: when it has caught up. */
  readonly busy: () => Promise<void> | undefined
  readonly enter: (state: string) => void
  readonly reset: () => void
  readonly powerOff: () => void
  readonly hang: () => void
  readonly disconnect: () => void
}

/** After so many turns of a `repeat` others get a turn of the event loop. */
const turnsAtOnce = 1024

/** Performs steps one after the other, yielding where they wait. */
export function* perform(
  steps: ReadonlyArray<Step>,
  values: Values,
  board: Performer,
): Generator<Pause, void> {
  for (const step of steps) {
    const all = () => ({ ...board.values(), ...values })
    if (step.print !== undefined) board.print(printed(step.print, all()))
    if (step.garbage !== undefined) board.print(garbage(step.garbage))
    // To print takes as long as the characters take.
    yield board.busy()
    if (step.wait !== undefined) yield step.wait
    for (const [name, text] of Object.entries(step.set ?? {})) board.set(name, fillIn(text, all()))
    if (step.repeat) {
      for (let n = 1; n <= step.repeat.times; n++) {
        yield* perform(step.repeat.do, { ...values, n: String(n) }, board)
        if (n % turnsAtOnce === 0) yield 0
      }
    }
    if (step.state !== undefined) board.enter(step.state)
    if (step.reset) board.reset()
    if (step.power_off) board.powerOff()
    if (step.hang) board.hang()
    if (step.disconnect) board.disconnect()
  }
}
