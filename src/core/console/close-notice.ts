/**
 * Tells one listener, once, why a transport's connection was lost: also when it was lost before the
 * listener came, and never when we ended it ourselves.
 */
export class CloseNotice {
  #reason: string | undefined
  #listener: ((reason: string) => void) | undefined
  #over = false

  /** The connection is lost; the first reason counts. */
  lost(reason: string): void {
    if (this.#over) return
    this.#over = true
    this.#reason = reason
    this.#listener?.(reason)
  }

  /** The connection is being ended on purpose: nothing is told. */
  ended(): void {
    this.#over = true
  }

  readonly listen = (listener: (reason: string) => void): void => {
    this.#listener = listener
    if (this.#reason !== undefined) listener(this.#reason)
  }
}
