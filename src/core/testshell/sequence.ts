import type { Finding, Remains } from "./scanner.ts"
import type { Signal, Unreadable } from "./signal.ts"

/**
 * A place in the order of signals: a signal, one that is missing, or remains that may be of one that
 * is missing. Of the remains between a numbered signal and a gap, each gap explains one. A doubtful
 * signal may be a numbered one that lost its number to the noise: a gap after it explains it, too, if
 * they are about the same.
 */
type Place =
  | {
      readonly type: "signal"
      readonly signal: Signal
      readonly numbered: boolean
      /** What a doubtful signal was read from. */
      readonly doubtful?: string
      /** Went on ahead of its turn. */
      delivered: boolean
    }
  | { readonly type: "gap"; readonly number: number }
  | { readonly type: "remains"; readonly remains: Remains }

const unreadable = ({ text, reason, case: testCase }: Omit<Remains, "number">): Unreadable => ({
  type: "UNREADABLE",
  text,
  reason,
  ...(testCase !== undefined && { case: testCase }),
})

/** These must not wait for a missing signal: the dispatcher acts on them. */
const urgent = new Set<Signal["type"]>(["EXIT", "INSTALL_FAIL", "TESTRAISE"])

/**
 * Puts signals in order by their numbers. One that arrives twice counts once. Where a number is
 * missing, what follows waits until it is recovered or given up: a result must not fall into the wrong
 * suite because the signal that starts its own was lost.
 */
export class Sequence {
  readonly #stage: string | undefined
  #next = 1
  #exited = false
  #places: Place[] = []
  /** Number -> sum of the signals seen, to tell a repetition from another signal. */
  readonly #seen = new Map<number, number>()

  constructor(stage: string | undefined) {
    this.#stage = stage
  }

  /** Numbers of the signals that are missing, in order. */
  missing(): number[] {
    return this.#places.flatMap((place) => (place.type === "gap" ? [place.number] : []))
  }

  /** The number that is due next, as long as EXIT, which is the last, was not seen. */
  due(): number | undefined {
    return this.#exited ? undefined : this.#next
  }

  /** Takes what the scanner found; answers the signals that may go on. */
  offer(findings: ReadonlyArray<Finding>): Signal[] {
    for (const finding of findings) this.#add(finding)
    const signals = this.#drain()
    for (const place of this.#places) {
      if (place.type === "signal" && !place.delivered && urgent.has(place.signal.type)) {
        place.delivered = true
        signals.push(place.signal)
      }
    }
    return signals
  }

  /** Takes what was found in signals that the device was asked to print again. */
  recover(findings: ReadonlyArray<Finding>): Signal[] {
    return this.offer(
      findings.filter((finding) => finding.type === "token" && finding.token.stamp !== undefined),
    )
  }

  /** No more is coming: whatever is missing is reported as unreadable. */
  end(): Signal[] {
    const signals: Signal[] = []
    let remains = 0
    for (const place of this.#places) {
      if (place.type === "signal") {
        if (place.numbered) remains = 0
        if (!place.delivered) signals.push(place.signal)
      } else if (place.type === "remains") {
        remains++
        signals.push(unreadable(place.remains))
      } else if (remains > 0) {
        remains--
      } else {
        const reason = `signal ${place.number} of the stage never arrived`
        signals.push(unreadable({ text: "", reason }))
      }
    }
    this.#places = []
    return signals
  }

  #add(finding: Finding): void {
    if (finding.type === "remains") {
      this.#places.push({ type: "remains", remains: finding.remains })
      return
    }
    const { signal: read, stamp, text, doubtful } = finding.token
    const signal = read.type === "misread" ? unreadable({ ...read, text }) : read
    if (stamp === undefined) {
      this.#exited ||= signal.type === "EXIT"
      this.#places.push({
        type: "signal",
        signal,
        numbered: false,
        delivered: false,
        ...(doubtful && { doubtful: text }),
      })
      return
    }
    const { stage, number, sum } = stamp
    if (this.#stage !== undefined && stage !== this.#stage) {
      const reason = `it belongs to stage ${stage}, and this is stage ${this.#stage}`
      this.#append(unreadable({ text, reason }), false)
    } else if (!this.#seen.has(number)) {
      this.#seen.set(number, sum)
      this.#exited ||= signal.type === "EXIT"
      this.#number(number, signal, text)
    } else if (this.#seen.get(number) !== sum) {
      const reason = `another signal with the number ${number} came before it`
      this.#append(unreadable({ text, reason }), false)
    }
  }

  #append(signal: Signal, numbered: boolean): void {
    this.#places.push({ type: "signal", signal, numbered, delivered: false })
  }

  /** Puts a numbered signal in its place; the nearest remains before one that was missing were its own. */
  #number(number: number, signal: Signal, text: string): void {
    if (number < this.#next) {
      const index = this.#places.findIndex(
        (place) => place.type === "gap" && place.number === number,
      )
      this.#places[index] = {
        type: "signal",
        signal,
        numbered: true,
        delivered: false,
      }
      this.#explain(index, signal, text)
      return
    }
    for (; this.#next < number; this.#next++) {
      this.#places.push({ type: "gap", number: this.#next })
    }
    this.#next = number + 1
    this.#append(signal, true)
  }

  /**
   * Removes what was seen of the signal that has just been put in at `index`. A doubtful signal of
   * its kind that says something else is no longer to be believed.
   */
  #explain(index: number, signal: Signal, text: string): void {
    const from = this.#places.findLastIndex((place, at) => at < index && isNumbered(place)) + 1
    const before = this.#places.slice(from, index)
    const remains = before.findLast((place) => place.type === "remains")
    this.#places = this.#places.flatMap((place) => {
      if (place === remains) return []
      if (place.type !== "signal" || place.doubtful === undefined || !before.includes(place)) {
        return [place]
      }
      const own = place.doubtful.endsWith(text.slice(-sumEnd)) || isAbout(place.signal, signal)
      if (own) return []
      if (place.signal.type !== signal.type) return [place]
      const reason = "what was read of it contradicts what the device wrote"
      return [{ type: "remains", remains: { text: place.doubtful, reason } }]
    })
  }

  /** Takes the signals from the front up to what has to be waited for. */
  #drain(): Signal[] {
    // Without numbers nothing can be missing.
    const numbered = this.#stage !== undefined || this.#next > 1
    const signals: Signal[] = []
    let taken = 0
    for (const place of this.#places) {
      if (place.type === "gap") break
      const certain = place.type === "signal" && place.doubtful === undefined
      if (!certain && numbered && this.#mayBeMissing(taken)) break
      if (place.type === "remains") {
        signals.push(unreadable(place.remains))
      } else if (!place.delivered) {
        signals.push(place.signal)
      }
      taken++
    }
    if (taken > 0) this.#places = this.#places.slice(taken)
    return signals
  }

  /** Whether what stands at `index` may be of a signal that is missing, now or by what comes next. */
  #mayBeMissing(index: number): boolean {
    const next = this.#places
      .slice(index)
      .find((place) => place.type === "gap" || isNumbered(place))
    return next === undefined || next.type === "gap"
  }
}

const isAbout = (one: Signal, other: Signal): boolean =>
  one.type === other.type &&
  ("case" in one ? one.case : undefined) === ("case" in other ? other.case : undefined)

/** So much of the sum that ends a numbered signal tells that another text ends with it, too. */
const sumEnd = 4

const isNumbered = (place: Place): boolean => place.type === "signal" && place.numbered
