import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { withRole } from "../../../src/core/multinode/exchange.ts"
import { makeExchange } from "../../../src/core/multinode/job-exchange.ts"

const three = () => {
  const exchange = makeExchange([
    { node: "server", role: "server" },
    { node: "client.1", role: "client" },
    { node: "client.2", role: "client" },
  ])
  const [server, one, other] = ["server", "client.1", "client.2"].map(exchange.forNode)
  return { exchange, server: server!, one: one!, other: other! }
}

const patience = { what: "the others", seconds: 5 }

describe("the exchange of a job", () => {
  it.live("gives what all nodes of a role have sent, whoever came first", () =>
    Effect.gen(function* () {
      const { server, one, other } = three()
      expect(withRole(server, "client")).toEqual(["client.1", "client.2"])
      yield* one.send("ready", { port: "80" })
      const waiting = yield* Effect.forkChild(
        server.receive("ready", { all: withRole(server, "client") }, patience),
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
        const messages = yield* server.receive("file", { all: ["client.1"] }, patience)
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
          Effect.flip(server.receive("file", { all: ["client.1"] }, patience)),
        )
        yield* Effect.sleep(10)
        exchange.leave("client.1", "failed: no luck")
        exchange.leave("client.1", "has ended")
        expect(yield* Fiber.join(waiting)).toMatchObject({
          _tag: "JobError",
          message: "waited for the others, but client.1 failed: no luck",
        })
        expect((yield* server.receive("sent", { all: ["client.1"] }, patience)).size).toBe(1)
      }),
  )

  it.live("gives the first of any, as long as one can still come", () =>
    Effect.gen(function* () {
      const { exchange, server, one, other } = three()
      const any = { any: ["client.1", "client.2"] }
      const waiting = yield* Effect.forkChild(server.receive("ready", any, patience))
      yield* Effect.sleep(10)
      exchange.leave("client.1", "has ended")
      yield* Effect.sleep(10)
      expect(waiting.pollUnsafe()).toBeUndefined()
      yield* other.send("ready", { port: "81" })
      expect([...(yield* Fiber.join(waiting)).keys()]).toEqual(["client.2"])
      exchange.leave("client.2", "has ended")
      const lost = yield* Effect.flip(one.receive("more", any, patience))
      expect(lost.message).toBe("waited for the others, but client.1 has ended")
    }),
  )

  it.live("says who did not come in time", () =>
    Effect.gen(function* () {
      const { server, one } = three()
      yield* one.send("x")
      const error = yield* Effect.flip(
        server.receive("x", { all: ["client.1", "client.2"] }, { what: "x", seconds: 0.05 }),
      )
      expect(error.message).toMatch(/^waited 0\.1 s for x: client\.2 did not come so far/)
    }),
  )
})
