import * as Effect from "effect/Effect"
import { joinExchange } from "../../../src/core/multinode/remote-exchange.ts"

/** A node in a process of its own: answers a question, then waits for ever. Arguments: port and secret. */
const [port, secret = ""] = process.argv.slice(2)

await Effect.runPromise(
  Effect.scoped(
    Effect.gen(function* () {
      const at = { host: "127.0.0.1", port: Number(port) }
      const { exchange } = yield* joinExchange({ node: "client.1", at, secret })
      const patience = { what: "the question", seconds: 30 }
      const question = yield* exchange.receive("question", { all: ["server"] }, patience)
      const { a, b } = question.get("server") ?? {}
      yield* exchange.send("answer", { product: String(Number(a) * Number(b)) })
      return yield* Effect.never
    }),
  ),
)
