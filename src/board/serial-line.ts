import type { ConsolePort } from "./console-port.ts"
import { Pacer, Receiver, type UartSettings } from "./uart.ts"

/** How many bytes are gathered before they go to the port within one turn of the event loop. */
const gathered = 64 * 1024

/** The line between a board and the port of its console: at the UART's speed, losing what it loses. */
export class SerialLine {
  readonly #port: ConsolePort
  readonly #output: Pacer | undefined
  readonly #input: Pacer | undefined
  readonly #pending: Array<Buffer> = []
  #length = 0
  #flush: NodeJS.Immediate | undefined

  /** @param typed what reaches the board of the characters that were typed */
  constructor(settings: UartSettings, port: ConsolePort, typed: (bytes: Buffer) => void) {
    this.#port = port
    const receiver = settings.overrun && new Receiver(settings.overrun)
    const receive = receiver
      ? (bytes: Buffer) => typed(receiver.take(bytes, performance.now()))
      : typed
    const rate = settings.baud === undefined ? undefined : settings.baud / 10
    this.#output = rate === undefined ? undefined : new Pacer(rate, (bytes) => port.send(bytes))
    this.#input = rate === undefined ? undefined : new Pacer(rate, receive)
    port.onTyped = this.#input ? (bytes) => this.#input?.push(bytes) : receive
  }

  /** Sends what the board prints. */
  send(bytes: Buffer): void {
    if (this.#output) return this.#output.push(bytes)
    this.#pending.push(bytes)
    this.#length += bytes.length
    if (this.#length >= gathered) this.flush()
    else this.#flush ??= setImmediate(() => this.flush())
  }

  /** While the line, or somebody who watches it, is behind: when it has caught up. */
  get busy(): Promise<void> | undefined {
    return this.#output ? this.#output.busy : this.#port.busy
  }

  /** Sends what was gathered. */
  flush(): void {
    clearImmediate(this.#flush)
    this.#flush = undefined
    const [first] = this.#pending
    if (first === undefined) return
    const all = this.#pending.length === 1 ? first : Buffer.concat(this.#pending)
    this.#pending.length = 0
    this.#length = 0
    this.#port.send(all)
  }

  /** Drops what is on the way, as when the power goes. */
  clear(): void {
    this.flush()
    this.#output?.clear()
    this.#input?.clear()
  }
}
