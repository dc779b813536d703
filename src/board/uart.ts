/** The serial line of a board: its speed and the characters it loses. */
export interface UartSettings {
  /** Bits a second, 10 a character; as fast as possible without it. */
  readonly baud?: number | undefined
  /** The receiver's limit: characters a second that the board reads, and how many wait for it meanwhile. */
  readonly overrun?: { readonly rate: number; readonly fifo: number } | undefined
}

/**
 * Passes bytes on at the speed of a serial line: in full, in order, never faster than the rate. Timers run
 * only while there is something to send.
 */
export class Pacer {
  readonly #rate: number
  readonly #pass: (bytes: Buffer) => void
  #waiting: Array<Buffer> = []
  #length = 0
  #since = 0
  #sent = 0
  #timer: NodeJS.Timeout | undefined
  #whenEmpty: Array<() => void> = []

  /** @param rate bytes a second */
  constructor(rate: number, pass: (bytes: Buffer) => void) {
    this.#rate = rate
    this.#pass = pass
  }

  push(bytes: Buffer): void {
    if (bytes.length === 0) return
    this.#waiting.push(bytes)
    this.#length += bytes.length
    if (this.#timer !== undefined) return
    this.#since = performance.now()
    this.#sent = 0
    this.#wait()
  }

  /** Resolves when nothing is left to send; undefined where that is so already. */
  get busy(): Promise<void> | undefined {
    return this.#length === 0
      ? undefined
      : new Promise((resolve) => void this.#whenEmpty.push(resolve))
  }

  /** Drops what is not sent yet. */
  clear(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#waiting = []
    this.#length = 0
    for (const resolve of this.#whenEmpty.splice(0)) resolve()
  }

  #wait(): void {
    // Characters leave in groups of at most 5 ms: a timer for each of a fast line would cost too much.
    const whole = Math.ceil((this.#length * 1000) / this.#rate)
    this.#timer = setTimeout(() => this.#tick(), Math.min(5, whole))
  }

  #tick(): void {
    this.#timer = undefined
    const due = Math.floor(((performance.now() - this.#since) * this.#rate) / 1000) - this.#sent
    if (due > 0) {
      const all = this.#waiting.length === 1 ? this.#waiting[0]! : Buffer.concat(this.#waiting)
      const rest = all.subarray(due)
      this.#waiting = rest.length === 0 ? [] : [rest]
      this.#length = rest.length
      this.#sent += all.length - rest.length
      this.#pass(all.subarray(0, due))
    }
    // What was passed on may have pushed, cleared or waited.
    if (this.#timer !== undefined) return
    if (this.#length > 0) return this.#wait()
    for (const resolve of this.#whenEmpty.splice(0)) resolve()
  }
}

/**
 * A receiver that holds `fifo` characters and is emptied at `rate` characters a second: what comes while it
 * is full is lost, as with a UART whose driver is too slow.
 */
export class Receiver {
  readonly #rate: number
  readonly #fifo: number
  #held = 0
  #last = 0

  constructor({ rate, fifo }: { readonly rate: number; readonly fifo: number }) {
    this.#rate = rate
    this.#fifo = fifo
  }

  /**
   * The characters of a chunk that are not lost.
   *
   * @param now when they came, in milliseconds of any clock that does not go back
   */
  take(bytes: Buffer, now: number): Buffer {
    this.#held = Math.max(0, this.#held - ((now - this.#last) * this.#rate) / 1000)
    this.#last = now
    const taken = Math.max(0, Math.min(bytes.length, Math.floor(this.#fifo - this.#held)))
    this.#held += taken
    return bytes.subarray(0, taken)
  }
}
