import { createServer, type Socket } from "node:net"
import { once } from "node:events"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { AddressInfo } from "node:net"
import { makeConnection } from "../../../src/core/lab/connection.ts"
import { Events, type JobEventBody } from "../../../src/core/pipeline/events.ts"
import { makeDevice } from "./make-device.ts"

describe("makeConnection", () => {
  it.live("opens the console once, and again when it was lost", () =>
    Effect.gen(function* () {
      const sockets: Array<Socket> = []
      const server = createServer((socket) => {
        sockets.push(socket)
        socket.write(`line ${sockets.length}\r\n`)
      }).listen(0, "127.0.0.1")
      yield* Effect.promise(() => once(server, "listening"))
      const { port } = server.address() as AddressInfo
      const events: Array<JobEventBody> = []
      yield* Effect.scoped(
        Effect.gen(function* () {
          const device = makeDevice({ console: { tcp: { host: "127.0.0.1", port } } })
          const connection = yield* makeConnection(device, undefined)
          const wait = { what: "a line", timeoutSeconds: 5 }
          const first = yield* connection.console
          yield* first.expect({ ...wait, patterns: [{ name: "line", pattern: /line 1\n/ }] })
          expect(yield* connection.console).toBe(first)
          sockets[0]?.destroy()
          const lost = yield* Effect.flip(
            first.expect({ ...wait, patterns: [{ name: "line", pattern: /line 2\n/ }] }),
          )
          expect(lost._tag).toBe("InfrastructureError")
          const second = yield* connection.console
          expect(second).not.toBe(first)
          yield* second.expect({ ...wait, patterns: [{ name: "line", pattern: /line 2\n/ }] })
        }),
      ).pipe(Effect.provideService(Events, { emit: (event) => void events.push(event) }))
      expect(events.flatMap((event) => (event.type === "console" ? [event.line] : []))).toEqual([
        "line 1",
        "line 2",
      ])
      server.close()
    }),
  )
})
