import type { Fault } from "./script.ts"

/** How much printed text a fault's `output` pattern can span. */
const tailLength = 4096

/** A fault in a power cycle: what is left until it happens. */
interface Armed {
  readonly fault: Fault
  readonly output: RegExp | undefined
  /** Bytes still to be printed, or undefined where bytes do not matter. */
  bytes: number | undefined
}

/**
 * Watches the time and what a board prints, and tells when one of its faults happens: to the byte, so that
 * the same script gives the same text every time.
 */
export class Faults {
  readonly #faults: ReadonlyArray<Fault>
  readonly #happens: (fault: Fault) => void
  readonly #left = new Map<Fault, number>()
  #armed: Array<Armed> = []
  #timers: Array<NodeJS.Timeout> = []
  #tail = ""
  #cycle = 0

  constructor(faults: ReadonlyArray<Fault>, happens: (fault: Fault) => void) {
    this.#faults = faults
    this.#happens = happens
    for (const fault of faults) this.#left.set(fault, fault.times ?? Infinity)
  }

  /** Begins a power cycle. */
  powerOn(): void {
    for (const fault of this.#faults) {
      const { bytes, seconds } = fault.at ?? fault.every ?? {}
      if (seconds !== undefined) {
        const start = fault.at ? setTimeout : setInterval
        this.#timers.push(start(() => this.#fire(fault), seconds * 1000))
        continue
      }
      const output = fault.at?.output === undefined ? undefined : new RegExp(fault.at.output)
      this.#armed.push({ fault, output, bytes })
    }
  }

  /** Ends a power cycle: nothing happens any more. */
  powerOff(): void {
    this.#cycle++
    for (const timer of this.#timers) clearTimeout(timer)
    this.#timers = []
    this.#armed = []
    this.#tail = ""
  }

  /**
   * Passes printed bytes on through `send`, cut where a fault happens between them. When a fault ends the
   * power cycle, the bytes after it are dropped.
   */
  pass(bytes: Buffer, send: (bytes: Buffer) => void): void {
    const cycle = this.#cycle
    let rest = bytes
    for (;;) {
      const next = this.#next(rest)
      const part = rest.subarray(0, next?.after ?? rest.length)
      rest = rest.subarray(part.length)
      this.#count(part)
      if (part.length > 0) send(part)
      if (next === undefined) return
      this.#rearm(next.armed)
      this.#fire(next.armed.fault)
      if (this.#cycle !== cycle) return
    }
  }

  /** The fault that comes first within these bytes, and after how many of them. */
  #next(bytes: Buffer): { readonly armed: Armed; readonly after: number } | undefined {
    let first: { armed: Armed; after: number } | undefined
    for (const armed of this.#armed) {
      const after = armed.output ? this.#matchEnd(armed.output, bytes) : armed.bytes
      if (after === undefined || after > bytes.length) continue
      if (first === undefined || after < first.after) first = { armed, after }
    }
    return first
  }

  #matchEnd(output: RegExp, bytes: Buffer): number | undefined {
    const match = output.exec(this.#tail + bytes.toString("latin1"))
    return match ? Math.max(0, match.index + match[0].length - this.#tail.length) : undefined
  }

  #count(bytes: Buffer): void {
    for (const armed of this.#armed) if (armed.bytes !== undefined) armed.bytes -= bytes.length
    if (this.#armed.some(({ output }) => output !== undefined)) {
      this.#tail = (this.#tail + bytes.toString("latin1")).slice(-tailLength)
    }
  }

  #rearm(armed: Armed): void {
    if (armed.fault.every) armed.bytes = armed.fault.every.bytes
    else this.#armed = this.#armed.filter((each) => each !== armed)
  }

  #fire(fault: Fault): void {
    const left = this.#left.get(fault) ?? 0
    if (left <= 0) return
    this.#left.set(fault, left - 1)
    this.#happens(fault)
  }
}
