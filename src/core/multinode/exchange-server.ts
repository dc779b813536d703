import { timingSafeEqual } from "node:crypto"
import { createServer, type ListenOptions, type Socket } from "node:net"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type * as Scope from "effect/Scope"
import * as z from "zod"
import { InfrastructureError, messageOf } from "../pipeline/errors.ts"
import { type Answer, Hello, hear, Question, tell } from "./exchange-wire.ts"
import type { JobExchange } from "./job-exchange.ts"
import type { Exchange } from "./exchange.ts"

/** Where the nodes of other processes reach the exchange, and what they must know. */
export interface ExchangeServerOptions {
  /** A Unix socket's path, or host and port. */
  readonly listen: Pick<ListenOptions, "path" | "host" | "port">
  /** Who does not say it is refused. */
  readonly secret: string
}

/**
 * Lets nodes in other processes, on other hosts perhaps, meet at the exchange of a job, until the Scope closes. A node
 * whose connection ends before it has left counts as lost. Fails with InfrastructureError where it cannot listen.
 *
 * @returns the port, where it listens on one
 */
export const serveExchange = (
  exchange: JobExchange,
  { listen, secret }: ExchangeServerOptions,
): Effect.Effect<number | undefined, InfrastructureError, Scope.Scope> =>
  Effect.gen(function* () {
    const sockets = new Set<Socket>()
    const server = createServer((socket) => {
      sockets.add(socket)
      socket.on("close", () => sockets.delete(socket)).on("error", () => {})
      serveNode(exchange, secret, socket)
    })
    yield* Effect.acquireRelease(
      Effect.callback<void, InfrastructureError>((resume) => {
        server.once("error", (cause) => {
          const message = `the exchange cannot listen on ${listen.path ?? `${listen.host}:${listen.port}`}: ${messageOf(cause)}`
          resume(Effect.fail(new InfrastructureError({ message, cause })))
        })
        server.listen(listen, () => resume(Effect.void))
      }),
      () =>
        Effect.callback<void>((resume) => {
          for (const socket of sockets) socket.destroy()
          server.close(() => resume(Effect.void))
        }),
    )
    const address = server.address()
    return typeof address === "object" ? address?.port : undefined
  })

const First = z.union([Hello, Question])

const serveNode = (exchange: JobExchange, secret: string, socket: Socket): void => {
  let node: string | undefined
  let view: Exchange["Service"] | undefined
  const waits = new Map<number, Fiber.Fiber<void>>()
  hear(socket, First, (line) => {
    if ("secret" in line) {
      const asked = exchange.forNode(line.node)
      const isMember = asked.members.some((each) => each.node === line.node)
      if (isMember && isSame(line.secret, secret)) {
        node = line.node
        view = asked
        return tell(socket, { members: view.members } satisfies Answer)
      }
      const refused = "this job has no such node, or another secret"
      tell(socket, { refused } satisfies Answer)
      return void socket.end()
    }
    if (view === undefined || node === undefined) return void socket.destroy()
    if (line.type === "leave") exchange.leave(node, line.reason)
    if (line.type === "cancel") {
      const wait = waits.get(line.number)
      if (wait) Effect.runFork(Fiber.interrupt(wait))
      return
    }
    const { number } = line
    const work = answerOf(view, line).pipe(
      Effect.map((answer) => tell(socket, answer)),
      Effect.ensuring(Effect.sync(() => waits.delete(number))),
    )
    const fiber = Effect.runFork(work)
    if (fiber.pollUnsafe() === undefined) waits.set(number, fiber)
  })
  socket.on("close", () => {
    if (node === undefined) return
    exchange.leave(node, "was lost: the connection to its process ended")
    Effect.runFork(Fiber.interruptAll(waits.values()))
  })
}

const answerOf = (view: Exchange["Service"], line: Question): Effect.Effect<Answer> => {
  const { number } = line
  if (line.type === "send")
    return Effect.as(Effect.ignore(view.send(line.id, line.message)), { number, messages: [] })
  if (line.type !== "receive") return Effect.succeed({ number, messages: [] })
  return Effect.match(view.receive(line.id, line.from, line), {
    onSuccess: (messages): Answer => ({
      number,
      messages: [...messages].map(([node, message]) => [node, { ...message }]),
    }),
    onFailure: ({ message, timedOut = false }) => ({ number, failed: message, timedOut }),
  })
}

const isSame = (given: string, wanted: string): boolean => {
  const [a, b] = [Buffer.from(given), Buffer.from(wanted)]
  return a.length === b.length && timingSafeEqual(a, b)
}
