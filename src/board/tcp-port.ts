import { once } from "node:events"
import { type AddressInfo, createServer, type Server, type Socket } from "node:net"
import { InfrastructureError } from "../core/pipeline/errors.ts"
import { type ConsolePort, type Listen, whileBehind } from "./console-port.ts"
import { TelnetServer } from "./telnet.ts"

/** Listens, and resolves with the port. Rejects with InfrastructureError where it cannot be had. */
export const listenTcp = async (server: Server, port: number, host: string): Promise<number> => {
  server.listen(port, host)
  try {
    await once(server, "listening")
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    const why = code === "EADDRINUSE" ? "something else listens there" : message
    throw new InfrastructureError({
      message: `the scripted board cannot listen on ${host} port ${port}: ${why}`,
      cause,
    })
  }
  return (server.address() as AddressInfo).port
}

/**
 * A board's console on a TCP port, as bytes or as telnet. Rejects with InfrastructureError where the port
 * cannot be had.
 */
export const openTcpPort = async (
  listen: Exclude<Listen, { pty: unknown }>,
): Promise<ConsolePort> => {
  const protocol = "tcp" in listen ? "tcp" : "telnet"
  const host = listen.host ?? "127.0.0.1"
  const watchers = new Map<Socket, TelnetServer | undefined>()
  const server = createServer({ noDelay: true }, (socket) => {
    const telnet =
      protocol === "telnet" ? new TelnetServer((bytes) => socket.write(bytes)) : undefined
    if (telnet) socket.write(TelnetServer.greeting)
    watchers.set(socket, telnet)
    socket.on("data", (bytes) => {
      const typed = telnet ? telnet.decode(bytes) : bytes
      if (typed.length > 0) port.onTyped(typed)
    })
    socket.on("close", () => watchers.delete(socket))
    socket.on("error", () => socket.destroy())
  })
  const cut = () => {
    for (const socket of watchers.keys()) socket.destroy()
  }
  const number = await listenTcp(server, "tcp" in listen ? listen.tcp : listen.telnet, host)
  const port: ConsolePort = {
    address: { protocol, host, port: number },
    onTyped: () => {},
    send: (bytes) => {
      for (const [socket, telnet] of watchers) socket.write(telnet ? telnet.encode(bytes) : bytes)
    },
    get busy() {
      for (const socket of watchers.keys()) {
        const behind = whileBehind(socket)
        if (behind) return behind
      }
      return undefined
    },
    cut,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        cut()
      }),
  }
  return port
}
