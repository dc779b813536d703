import { Scanner } from "./scanner.ts"
import { Sequence } from "./sequence.ts"
import type { Signal } from "./signal.ts"

/** How signals are to be read. */
export interface SignalParserOptions {
  /**
   * The stage whose lava-test-runner writes them ("0"): our helpers number their signals, and ones of
   * another stage do not belong here. Without it any stage is accepted, and so are signals of an
   * overlay that is not ours.
   */
  readonly stage?: string
}

/**
 * Reads the signals of one run of lava-test-runner from a console.
 *
 * Accepts LAVA's plain form, `<LAVA_SIGNAL_TESTCASE TEST_CASE_ID=x RESULT=pass>` anywhere in a line,
 * and the numbered form of our helpers (stamp.ts). Kernel messages that fall into a signal are taken
 * out where what is left is certain (repair.ts). Signals come out in the order in which the device
 * wrote them, numbered ones once each: after one that is missing, the rest waits until it is recovered
 * or given up, except EXIT, INSTALL_FAIL and TESTRAISE. Nothing is dropped: what was meant as a signal
 * and cannot be read comes out as UNREADABLE.
 *
 * After EXIT (or the prompt, if that was lost), type `lava-signals <stage> <request()>` at the device's
 * prompt, as long as `request()` answers anything, and give what it prints to `recover`. Then `end`.
 */
export class SignalParser {
  readonly #scanner = new Scanner()
  readonly #sequence: Sequence

  constructor(options: SignalParserOptions = {}) {
    this.#sequence = new Sequence(options.stage)
  }

  /** Feeds console text, in pieces of any size; answers the signals that it completes. */
  push(text: string): Signal[] {
    return this.#sequence.offer(this.#scanner.push(text))
  }

  /** Numbers of the signals that did not arrive, as far as later ones tell. */
  missing(): ReadonlyArray<number> {
    return this.#sequence.missing()
  }

  /**
   * What to ask lava-signals for, as its arguments: "12 57-60 63-" (and all from 63 on, where EXIT was
   * not seen). Undefined when nothing is missing.
   */
  request(): string | undefined {
    const ranges: string[] = []
    const missing = this.#sequence.missing()
    let first = 0
    for (const [index, number] of missing.entries()) {
      if (missing[index + 1] === number + 1) {
        first ||= number
        continue
      }
      ranges.push(first === 0 ? `${number}` : `${first}-${number}`)
      first = 0
    }
    const due = this.#sequence.due()
    if (due !== undefined) ranges.push(`${due}-`)
    return ranges.length === 0 ? undefined : ranges.join(" ")
  }

  /** Takes the console text of lava-signals; answers the signals that can go on with it. */
  recover(text: string): Signal[] {
    const scanner = new Scanner()
    return this.#sequence.recover([...scanner.push(text), ...scanner.end()])
  }

  /** No more is coming: answers what was waiting, with UNREADABLE for what is still missing. */
  end(): Signal[] {
    return [...this.#sequence.offer(this.#scanner.end()), ...this.#sequence.end()]
  }
}
