import { connect } from "node:net"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { InfrastructureError, JobError } from "../pipeline/errors.ts"
import { Answer, hear, type Question, tell } from "./exchange-wire.ts"
import type { Exchange, Member, Messages } from "./exchange.ts"

/** The node of this process, and where the exchange of its job is served: see `serveExchange`. */
export interface RemoteExchangeOptions {
  readonly node: string
  /** A Unix socket's path, or host and port. */
  readonly at: { readonly path: string } | { readonly host: string; readonly port: number }
  readonly secret: string
}

/** The exchange of a job whose other nodes are in other processes, as one node sees it. */
export interface RemoteExchange {
  readonly exchange: Exchange["Service"]
  /** This node sends nothing any more, and why. */
  readonly leave: (reason: string) => Effect.Effect<void, InfrastructureError>
}

/** The exchange answers a greeting within this time, in seconds. */
const greetingSeconds = 10

type Unnumbered<Q> = Q extends { readonly number: number } ? Omit<Q, "number"> : never
type Answered = Exclude<Answer, { members: unknown } | { refused: unknown }>

/**
 * Joins the exchange of a job as one of its nodes, until the Scope closes. Fails with InfrastructureError where it does
 * not answer or does not know the node, and so does all that is asked of it once the connection is lost.
 */
export const joinExchange = ({
  node,
  at,
  secret,
}: RemoteExchangeOptions): Effect.Effect<RemoteExchange, InfrastructureError, Scope.Scope> =>
  Effect.gen(function* () {
    const place = "path" in at ? at.path : `${at.host}:${at.port}`
    const lost = (why: string) =>
      new InfrastructureError({ message: `the exchange of the job at ${place} ${why}` })
    const socket = yield* Effect.acquireRelease(
      Effect.sync(() => connect(at)),
      (socket) => Effect.sync(() => socket.destroy()),
    )
    let why: string | undefined
    const waiting = new Map<number, (answer: Answered | undefined) => void>()
    socket.on("error", (error) => (why ??= error.message))
    socket.on("close", () => {
      why ??= "the connection was closed"
      for (const resume of waiting.values()) resume(undefined)
    })

    const members = yield* Effect.callback<ReadonlyArray<Member>, InfrastructureError>((resume) => {
      socket.once("close", () => resume(Effect.fail(lost(`is not there: ${why}`))))
      hear(socket, Answer, (answer) => {
        if ("members" in answer) resume(Effect.succeed(answer.members))
        else if ("refused" in answer) why = answer.refused
        else waiting.get(answer.number)?.(answer)
      })
      tell(socket, { secret, node })
    }).pipe(
      Effect.timeoutOrElse({
        duration: greetingSeconds * 1000,
        orElse: () => Effect.fail(lost(`did not answer within ${greetingSeconds} s`)),
      }),
    )

    let count = 0
    const ask = (question: Unnumbered<Question>) =>
      Effect.callback<Answered, InfrastructureError>((resume) => {
        const number = ++count
        const closed = () => resume(Effect.fail(lost(`was lost: ${why}`)))
        if (socket.closed) return closed()
        waiting.set(number, (answer) => {
          waiting.delete(number)
          if (answer) resume(Effect.succeed(answer))
          else closed()
        })
        tell(socket, { number, ...question })
        return Effect.sync(() => {
          if (waiting.delete(number)) tell(socket, { number, type: "cancel" } satisfies Question)
        })
      })
    return {
      exchange: {
        self: node,
        members,
        send: (id, message = {}) => Effect.asVoid(ask({ type: "send", id, message })),
        receive: (id, from, { what, seconds }) =>
          Effect.flatMap(
            ask({ type: "receive", id, from, what, seconds }),
            (answer): Effect.Effect<Messages, JobError> =>
              "messages" in answer
                ? Effect.succeed(new Map(answer.messages))
                : Effect.fail(
                    new JobError({
                      message: answer.failed,
                      ...(answer.timedOut && { timedOut: true }),
                    }),
                  ),
          ),
      },
      leave: (reason) => Effect.asVoid(ask({ type: "leave", reason })),
    }
  })
