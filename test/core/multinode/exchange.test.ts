import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { execa } from "execa"
import { serveExchange } from "../../../src/core/multinode/exchange-server.ts"
import { withRole } from "../../../src/core/multinode/exchange.ts"
import { makeExchange } from "../../../src/core/multinode/job-exchange.ts"
import { joinExchange } from "../../../src/core/multinode/remote-exchange.ts"

const members = [
  { node: "server", role: "server" },
  { node: "client.1", role: "client" },
  { node: "client.2", role: "client" },
]
const secret = "only the nodes know"
const patience = { what: "the others", seconds: 5 }

const inProcess = Effect.sync(() => {
  const { forNode, leave } = makeExchange(members)
  return {
    server: forNode("server"),
    one: forNode("client.1"),
    other: forNode("client.2"),
    leave: (node: "client.1" | "client.2", reason: string) =>
      Effect.sync(() => leave(node, reason)),
  }
})

/** A place for a socket, gone after the test. */
const socketPath = Effect.map(
  Effect.acquireRelease(
    Effect.promise(() => mkdtemp(join(tmpdir(), "exchange-"))),
    (directory) => Effect.promise(() => rm(directory, { recursive: true })),
  ),
  (directory) => join(directory, "socket"),
)

const overSocket = Effect.gen(function* () {
  const path = yield* socketPath
  const exchange = makeExchange(members)
  yield* serveExchange(exchange, { listen: { path }, secret })
  const [one, other] = yield* Effect.forEach(["client.1", "client.2"], (node) =>
    joinExchange({ node, at: { path }, secret }),
  )
  return {
    server: exchange.forNode("server"),
    one: one!.exchange,
    other: other!.exchange,
    leave: (node: "client.1" | "client.2", reason: string) =>
      (node === "client.1" ? one! : other!).leave(reason),
  }
})

describe.each([
  { where: "in one process", three: inProcess },
  { where: "over a socket", three: overSocket },
])("the exchange of a job $where", ({ three }) => {
  it.live("gives what all nodes of a role have sent, whoever came first", () =>
    Effect.gen(function* () {
      const { server, one, other } = yield* three
      expect(withRole(one, "client")).toEqual(["client.1", "client.2"])
      yield* one.send("ready", { port: "80" })
      const wait = (view: typeof server) =>
        Effect.forkChild(view.receive("ready", { all: withRole(view, "client") }, patience))
      const waiting = [yield* wait(server), yield* wait(one)]
      yield* Effect.sleep(30)
      expect(waiting.map((each) => each.pollUnsafe())).toEqual([undefined, undefined])
      yield* other.send("ready", { port: "81" })
      for (const each of waiting) {
        expect(Object.fromEntries(yield* Fiber.join(each))).toEqual({
          "client.1": { port: "80" },
          "client.2": { port: "81" },
        })
      }
    }),
  )

  it.live("keeps messages, the last of each node, for who asks again", () =>
    Effect.gen(function* () {
      const { server, one } = yield* three
      yield* one.send("file", { name: "old" })
      yield* one.send("file", { name: "new" })
      for (const view of [server, one, server]) {
        const messages = yield* view.receive("file", { all: ["client.1"] }, patience)
        expect(messages.get("client.1")).toEqual({ name: "new" })
      }
    }),
  )

  it.live("ends a wait at once for a node that has ended, but not for what it has sent", () =>
    Effect.gen(function* () {
      const { leave, server, one, other } = yield* three
      yield* one.send("sent")
      const waits = yield* Effect.forEach([server, other], (view) =>
        Effect.forkChild(Effect.flip(view.receive("file", { all: ["client.1"] }, patience))),
      )
      yield* Effect.sleep(30)
      yield* leave("client.1", "failed: no luck")
      yield* leave("client.1", "has ended")
      for (const wait of waits) {
        expect(yield* Fiber.join(wait)).toMatchObject({
          _tag: "JobError",
          message: "waited for the others, but client.1 failed: no luck",
        })
      }
      expect((yield* other.receive("sent", { all: ["client.1"] }, patience)).size).toBe(1)
    }),
  )

  it.live("gives the first of any, as long as one can still come", () =>
    Effect.gen(function* () {
      const { leave, server, one, other } = yield* three
      const any = { any: ["client.1", "client.2"] }
      const waiting = yield* Effect.forkChild(server.receive("ready", any, patience))
      yield* leave("client.1", "has ended")
      yield* Effect.sleep(30)
      expect(waiting.pollUnsafe()).toBeUndefined()
      yield* other.send("ready", { port: "81" })
      expect([...(yield* Fiber.join(waiting)).keys()]).toEqual(["client.2"])
      yield* leave("client.2", "has ended")
      const lost = yield* Effect.flip(one.receive("more", any, patience))
      expect(lost.message).toBe("waited for the others, but client.1 has ended")
    }),
  )

  it.live("says who did not come in time", () =>
    Effect.gen(function* () {
      const { one } = yield* three
      yield* one.send("x")
      const error = yield* Effect.flip(
        one.receive("x", { all: ["client.1", "client.2"] }, { what: "x", seconds: 0.05 }),
      )
      expect(error.message).toMatch(/^waited 0\.1 s for x: client\.2 did not come so far/)
      expect(error.timedOut).toBe(true)
    }),
  )
})

describe("an exchange that is served", () => {
  it.live("has nodes in other processes, and tells when one is killed", () =>
    Effect.gen(function* () {
      const exchange = makeExchange(members)
      const listen = { host: "127.0.0.1", port: 0 }
      const port = yield* serveExchange(exchange, { listen, secret })
      const other = execa(
        process.execPath,
        [join(import.meta.dirname, "remote-node.ts"), String(port), secret],
        { reject: false },
      )
      const server = exchange.forNode("server")
      yield* server.send("question", { a: "6", b: "7" })
      const long = { ...patience, seconds: 30 }
      const answer = yield* server.receive("answer", { all: ["client.1"] }, long)
      expect(answer.get("client.1")).toEqual({ product: "42" })
      const waiting = yield* Effect.forkChild(
        Effect.flip(server.receive("more", { any: ["client.1"] }, long)),
      )
      other.kill("SIGKILL")
      expect((yield* Fiber.join(waiting)).message).toBe(
        "waited for the others, but client.1 was lost: the connection to its process ended",
      )
    }),
  )

  it.live("refuses who does not know the secret, and whom the job does not have", () =>
    Effect.gen(function* () {
      const path = yield* socketPath
      yield* serveExchange(makeExchange(members), { listen: { path }, secret })
      const at = { path }
      for (const wrong of [
        { node: "client.1", at, secret: "guessed" },
        { node: "client.3", at, secret },
      ]) {
        const error = yield* Effect.flip(joinExchange(wrong))
        expect(error.message).toMatch(/is not there: this job has no such node, or another secret$/)
      }
      const nowhere = yield* Effect.flip(
        joinExchange({ node: "client.1", at: { path: `${path}-2` }, secret }),
      )
      expect(nowhere).toMatchObject({
        _tag: "InfrastructureError",
        message: expect.stringContaining("is not there: connect ENOENT"),
      })
    }),
  )

  it.live("fails what is asked once its process is gone", () =>
    Effect.gen(function* () {
      const path = yield* socketPath
      const serving = yield* Effect.forkChild(
        Effect.scoped(
          Effect.andThen(
            serveExchange(makeExchange(members), { listen: { path }, secret }),
            Effect.never,
          ),
        ),
      )
      yield* Effect.sleep(50)
      const { exchange } = yield* joinExchange({ node: "client.1", at: { path }, secret })
      const waiting = yield* Effect.forkChild(
        Effect.flip(exchange.receive("x", { all: ["server"] }, patience)),
      )
      yield* Effect.sleep(30)
      yield* Fiber.interrupt(serving)
      expect(yield* Fiber.join(waiting)).toMatchObject({
        _tag: "InfrastructureError",
        message: expect.stringContaining("was lost"),
      })
      expect((yield* Effect.flip(exchange.send("x")))._tag).toBe("InfrastructureError")
    }),
  )
})
