import { connect, createServer, type Socket } from "node:net"
import { listenTcp } from "../board/tcp-port.ts"

/** What becomes of a console, for good. */
export type LinkFault = "silence" | "disconnect"

/** A line between the dispatcher and a board's console, which may fail. */
export interface ConsoleLink {
  /** Where the dispatcher finds the console, on 127.0.0.1. */
  readonly port: number
  /** What has come over it from the board so far, a character each byte. */
  readonly read: () => string
  /** How often it was opened. */
  readonly opened: () => number
  /** How many have it open. */
  readonly open: () => number
  readonly close: () => Promise<void>
}

/** How a line fails: which fault, after how many bytes from the board. */
export interface LinkFailure {
  readonly fault: LinkFault
  readonly afterBytes: number
  readonly onFailure?: () => void
}

/** Makes a line to a console on 127.0.0.1, which fails at a moment that is told in bytes, so that it can be found again. */
export const openConsoleLink = async (
  boardPort: number,
  failure?: LinkFailure,
): Promise<ConsoleLink> => {
  const sockets = new Set<Socket>()
  let read = ""
  let opened = 0
  const failed = () => failure !== undefined && read.length >= failure.afterBytes
  const fail = () => {
    failure?.onFailure?.()
    if (failure?.fault === "disconnect") for (const each of sockets) each.destroy()
  }
  const server = createServer((socket) => {
    opened++
    sockets.add(socket)
    const board = connect(boardPort, "127.0.0.1")
    socket.setNoDelay().on("data", (bytes) => board.write(bytes))
    board.setNoDelay().on("data", (bytes) => {
      if (failed()) return
      const rest = failure ? bytes.subarray(0, failure.afterBytes - read.length) : bytes
      read += rest.toString("latin1")
      socket.write(rest)
      if (failed()) socket.write("", fail)
    })
    for (const each of [socket, board]) each.on("error", () => each.destroy())
    socket.on("close", () => {
      sockets.delete(socket)
      board.destroy()
    })
    board.on("close", () => socket.destroy())
    if (failed()) fail()
  })
  return {
    port: await listenTcp(server, 0, "127.0.0.1"),
    read: () => read,
    opened: () => opened,
    open: () => sockets.size,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const each of sockets) each.destroy()
      }),
  }
}
