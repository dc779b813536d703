import { connect, type Socket } from "node:net"
import type { Board } from "../../src/board/board.ts"

/** How long anything may take on a busy machine, in milliseconds. */
export const patience = 15_000

/** A plain client of a board's console: it reads, and types. */
export class ConsoleClient {
  readonly #socket: Socket
  #unread = ""
  #closed = false
  #wake = () => {}

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.on("data", (bytes) => {
      this.#unread += bytes.toString("latin1")
      this.#wake()
    })
    socket.on("close", () => {
      this.#closed = true
      this.#wake()
    })
    socket.on("error", () => {})
  }

  static async open(board: Board): Promise<ConsoleClient> {
    if (board.console.protocol === "pty") throw new Error("a PTY is not a TCP port")
    const socket = connect({ ...board.console, noDelay: true })
    await new Promise((resolve, reject) => socket.on("connect", resolve).on("error", reject))
    return new ConsoleClient(socket)
  }

  type(text: string | Uint8Array): void {
    this.#socket.write(text)
  }

  /** What came up to the end of this text, or of the first match of this pattern. */
  async until(wanted: string | RegExp): Promise<string> {
    const end = () => {
      if (typeof wanted !== "string") {
        const match = wanted.exec(this.#unread)
        return match ? match.index + match[0].length : undefined
      }
      const index = this.#unread.indexOf(wanted)
      return index < 0 ? undefined : index + wanted.length
    }
    await this.#wait(() => end() !== undefined, `${wanted}`)
    const read = this.#unread.slice(0, end())
    this.#unread = this.#unread.slice(read.length)
    return read
  }

  /** What came since, once nothing more has come for so many milliseconds. */
  async quiet(milliseconds: number): Promise<string> {
    for (let before = -1; before !== this.#unread.length;) {
      before = this.#unread.length
      await new Promise((resolve) => setTimeout(resolve, milliseconds))
    }
    const read = this.#unread
    this.#unread = ""
    return read
  }

  /** Resolves when the board has cut the connection. */
  async cut(): Promise<void> {
    await this.#wait(() => this.#closed, "the end of the connection")
  }

  close(): void {
    this.#socket.destroy()
  }

  async #wait(done: () => boolean, what: string): Promise<void> {
    const deadline = Date.now() + patience
    while (!done()) {
      const left = deadline - Date.now()
      if (left <= 0 || this.#closed) {
        throw new Error(`waited for ${what}, saw ${JSON.stringify(this.#unread)}`)
      }
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left)
        this.#wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
  }
}
