/** What a running script waits for: so many seconds, something else to be over, or nothing at all. */
export type Pause = number | Promise<void> | undefined

/**
 * Something that a board is doing: a generator that yields wherever it may be stopped, to wait or not. Once
 * stopped, by whomever, it goes no step further and leaves no timer behind.
 */
export class Task {
  readonly #steps: Iterator<Pause>
  readonly #whenDone: () => void
  #timer: NodeJS.Timeout | NodeJS.Immediate | undefined
  #stopped = false

  /** @param whenDone called after the last step, unless the task was stopped */
  constructor(steps: Iterator<Pause>, whenDone: () => void = () => {}) {
    this.#steps = steps
    this.#whenDone = whenDone
  }

  /** Starts it; returns where it first waits. */
  start(): void {
    this.#advance()
  }

  stop(): void {
    this.#stopped = true
    clearTimeout(this.#timer as NodeJS.Timeout)
    clearImmediate(this.#timer as NodeJS.Immediate)
  }

  #advance(): void {
    while (!this.#stopped) {
      const next = this.#steps.next()
      // A step may have stopped the task that it is part of.
      if (this.#stopped) return
      if (next.done) return this.#whenDone()
      if (next.value !== undefined) return this.#waitFor(next.value)
    }
  }

  #waitFor(pause: number | Promise<void>): void {
    const go = () => this.#advance()
    if (pause === 0) this.#timer = setImmediate(go)
    else if (typeof pause === "number") this.#timer = setTimeout(go, pause * 1000)
    else void pause.then(go)
  }
}
