import { createServer, type Socket } from "node:net"
import { listenTcp } from "./tcp-port.ts"

/** What a power switch does. */
export type PowerAction = "on" | "off" | "reset"

/** A port that switches a board's power, for other processes. */
export interface PowerPort {
  readonly port: number
  readonly close: () => Promise<void>
}

/** The longest request that is read, in characters. */
const longest = 8192

/**
 * Listens for power commands: a line with `on`, `off`, `reset` or `status`, answered by one line (`on` or
 * `off`: how the power is then) and the end of the connection, so that `echo on | nc 127.0.0.1 PORT` is a
 * power command; or pdudaemon's HTTP request, `GET /power/control/on?...` (on, off, reboot), for its clients.
 *
 * Rejects with InfrastructureError where the port cannot be had.
 *
 * @param port TCP port on 127.0.0.1; 0 is any
 */
export const openPowerPort = async (
  port: number,
  powered: () => boolean,
  power: (action: PowerAction) => Promise<void>,
): Promise<PowerPort> => {
  const connections = new Set<Socket>()
  const server = createServer((socket) => {
    let asked = ""
    connections.add(socket)
    socket.on("close", () => connections.delete(socket))
    socket.on("error", () => socket.destroy())
    socket.on("data", (bytes) => {
      asked += bytes.toString("latin1")
      const http = /^[A-Z]+ \//.test(asked)
      // A client of HTTP sends all of its head before it reads.
      if (asked.length < longest && !(http ? /\r?\n\r?\n/ : /\n/).test(asked)) return
      socket.removeAllListeners("data").resume()
      const action = wanted(asked)
      if (action === undefined) {
        return socket.end(answer(http, "400 Bad Request", "expected on, off, reset or status"))
      }
      const switched = action === "status" ? Promise.resolve() : power(action)
      void switched.then(() => socket.end(answer(http, "200 OK", powered() ? "on" : "off")))
    })
  })
  return {
    port: await listenTcp(server, port, "127.0.0.1"),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of connections) socket.destroy()
      }),
  }
}

const wanted = (asked: string): PowerAction | "status" | undefined => {
  const request = /^\s*(?:[A-Z]+ \/power\/control\/)?(on|off|reset|reboot|status)(?![^\s?])/.exec(
    asked,
  )?.[1]
  return request === "reboot" ? "reset" : (request as PowerAction | "status" | undefined)
}

const answer = (http: boolean, status: string, text: string): string =>
  http
    ? `HTTP/1.1 ${status}\r\nContent-Type: text/plain\r\nContent-Length: ${text.length + 1}\r\nConnection: close\r\n\r\n${text}\n`
    : `${text}\n`
