import type { Writable } from "node:stream"

/** Where a board's console is to be had. TCP ports are on 127.0.0.1 unless a host is given; 0 is any. */
export type Listen =
  | { readonly tcp: number; readonly host?: string }
  | { readonly telnet: number; readonly host?: string }
  /** A pseudo terminal: `true`, or the symbolic link to make to it. */
  | { readonly pty: true | string }

/** Where a board's console is. */
export type ConsoleAddress =
  | { readonly protocol: "tcp" | "telnet"; readonly host: string; readonly port: number }
  | { readonly protocol: "pty"; readonly path: string }

/** The outside end of a board's console: anyone may connect, all see the same, all may type. */
export interface ConsolePort {
  readonly address: ConsoleAddress
  /** Called with what was typed. */
  onTyped: (bytes: Buffer) => void
  /** Sends to all who are connected; what nobody listens to is lost, as on a real line. */
  readonly send: (bytes: Buffer) => void
  /** While somebody connected is far behind: when they have caught up or gone. */
  readonly busy: Promise<void> | undefined
  /** Cuts all connections. */
  readonly cut: () => void
  readonly close: () => Promise<void>
}

/** How many bytes a reader may be behind before the board waits for it. */
const mostBehind = 256 * 1024

/** While who reads a stream is far behind: when it has caught up or is gone. */
export const whileBehind = (stream: Writable): Promise<void> | undefined =>
  stream.writable && stream.writableLength > mostBehind
    ? new Promise((resolve) => {
        const done = () => {
          stream.off("drain", done).off("close", done)
          resolve()
        }
        stream.on("drain", done).on("close", done)
      })
    : undefined
