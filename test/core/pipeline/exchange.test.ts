import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { makeExchange } from "../../../src/core/pipeline/exchange.ts"

const three = () => {
  const exchange = makeExchange(
    new Map([
      ["server", "server"],
      ["client.1", "client"],
      ["client.2", "client"],
    ]),
  )
  const [server, one, other] = ["server", "client.1", "client.2"].map(exchange.forNode)
  return { exchange, server: server!, one: one!, other: other! }
}

const patience = { what: "the others", seconds: 5 }

describe("the exchange of a job", () => {
  it.live("gives what all nodes of a role have sent, whoever came first", () =>
    Effect.gen(function* () {
      const { server, one, other } = three()
      expect(server.withRole("client")).toEqual(["client.1", "client.2"])
      yield* one.send("ready", { port: "80" })
      const waiting = yield* Effect.forkChild(
        server.receive("ready", server.withRole("client"), patience),
      )
      yield* Effect.sleep(10)
      expect(waiting.pollUnsafe()).toBeUndefined()
      yield* other.send("ready", { port: "81" })
      expect(Object.fromEntries(yield* Fiber.join(waiting))).toEqual({
        "client.1": { port: "80" },
        "client.2": { port: "81" },
      })
    }),
  )

  it.live("keeps messages, the last of each node, for who asks again", () =>
    Effect.gen(function* () {
      const { server, one } = three()
      yield* one.send("file", { name: "old" })
      yield* one.send("file", { name: "new" })
      for (let times = 0; times < 2; times++) {
        const messages = yield* server.receive("file", ["client.1"], patience)
        expect(messages.get("client.1")).toEqual({ name: "new" })
      }
    }),
  )

  it.live(
    "ends a wait at once for a node that has ended without, but not for what it has sent",
    () =>
      Effect.gen(function* () {
        const { exchange, server, one } = three()
        yield* one.send("sent")
        const waiting = yield* Effect.forkChild(
          Effect.flip(server.receive("file", ["client.1"], patience)),
        )
        yield* Effect.sleep(10)
        exchange.leave("client.1", "failed: no luck")
        exchange.leave("client.1", "has ended")
        expect(yield* Fiber.join(waiting)).toMatchObject({
          _tag: "JobError",
          message: "waited for the others, but client.1 failed: no luck",
        })
        expect((yield* server.receive("sent", ["client.1"], patience)).size).toBe(1)
      }),
  )

  it.live("says who did not come in time", () =>
    Effect.gen(function* () {
      const { server, one } = three()
      yield* one.send("x")
      const error = yield* Effect.flip(
        server.receive("x", ["client.1", "client.2"], { what: "x", seconds: 0.05 }),
      )
      expect(error.message).toMatch(/^waited 0\.1 s for x: client\.2 did not come so far/)
    }),
  )
})
