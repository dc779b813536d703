import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import type { Transport } from "../../../src/core/console/transport.ts"
import type { InfrastructureError } from "../../../src/core/pipeline/errors.ts"
import { eventually } from "./peers.ts"

/** The other side of a transport, which gives back every byte. */
export interface EchoingPeer {
  readonly open: Effect.Effect<Transport, InfrastructureError, Scope.Scope>
  /** Ends the other side, as a cable that is pulled does. */
  readonly cut: Effect.Effect<void>
}

/** All that a transport must do, tried against a real peer. */
export const transportSuite = (
  name: string,
  peer: Effect.Effect<EchoingPeer, unknown, Scope.Scope>,
): void => {
  describe(`${name} transport`, () => {
    const collect = (transport: Transport) => {
      const chunks: Array<Uint8Array> = []
      transport.onData((bytes) => chunks.push(bytes))
      return { bytes: () => Buffer.concat(chunks) }
    }
    const write = (transport: Transport, bytes: Uint8Array) =>
      Effect.promise(() => transport.write(bytes))

    it.live("brings every byte value both ways", () =>
      Effect.gen(function* () {
        const transport = yield* (yield* peer).open
        const received = collect(transport)
        const bytes = Buffer.from(Array.from({ length: 1024 }, (_, index) => index % 256))
        yield* write(transport, bytes)
        yield* eventually(() => received.bytes().length >= bytes.length)
        expect(received.bytes().toString("hex")).toBe(bytes.toString("hex"))
      }),
    )

    it.live("brings a quarter of a megabyte in order", () =>
      Effect.gen(function* () {
        const transport = yield* (yield* peer).open
        const received = collect(transport)
        const bytes = Buffer.alloc(256 * 1024)
        for (let place = 0; place < bytes.length; place++)
          bytes[place] = (place * 7) >> (place % 13)
        for (let start = 0; start < bytes.length; start += 4096) {
          yield* write(transport, bytes.subarray(start, start + 4096))
          // A tty between the two has a buffer of 4 KiB and drops what is more.
          yield* eventually(() => received.bytes().length >= start)
        }
        yield* eventually(() => received.bytes().length >= bytes.length)
        expect(received.bytes().equals(bytes)).toBe(true)
      }),
    )

    it.live("keeps what comes before anybody listens", () =>
      Effect.gen(function* () {
        const transport = yield* (yield* peer).open
        yield* write(transport, Buffer.from("early"))
        yield* Effect.sleep(100)
        const received = collect(transport)
        yield* eventually(() => received.bytes().toString() === "early")
      }),
    )

    it.live("tells once that the connection is lost, and takes nothing more", () =>
      Effect.gen(function* () {
        const { open, cut } = yield* peer
        const transport = yield* open
        const reasons: Array<string> = []
        collect(transport)
        transport.onClose((reason) => reasons.push(reason))
        yield* cut
        yield* eventually(() => reasons.length > 0)
        const written = yield* Effect.exit(
          Effect.tryPromise(() => transport.write(Buffer.from("into the void"))),
        )
        expect(Exit.isFailure(written)).toBe(true)
        yield* Effect.sleep(50)
        expect(reasons).toEqual([expect.stringMatching(/^\S.*[^.]$/)])
      }),
    )

    it.live("tells one who asks later why the connection was lost", () =>
      Effect.gen(function* () {
        const { open, cut } = yield* peer
        const transport = yield* open
        collect(transport)
        yield* cut
        yield* Effect.sleep(800)
        let reason = ""
        transport.onClose((told) => {
          reason = told
        })
        yield* eventually(() => reason !== "")
      }),
    )

    it.live("is silent about a close of our own, which may be repeated", () =>
      Effect.gen(function* () {
        const { open } = yield* peer
        const scope = yield* Scope.make()
        const transport = yield* Scope.provide(open, scope)
        const reasons: Array<string> = []
        collect(transport)
        transport.onClose((reason) => reasons.push(reason))
        yield* Effect.promise(transport.close)
        yield* Effect.promise(transport.close)
        yield* Scope.close(scope, Exit.void)
        yield* Effect.sleep(50)
        expect(reasons).toEqual([])
      }),
    )

    it.live("gives the console back when the scope closes, so that it can be opened again", () =>
      Effect.gen(function* () {
        const { open } = yield* peer
        for (let round = 0; round < 3; round++) {
          yield* Effect.scoped(
            Effect.gen(function* () {
              const transport = yield* open
              const received = collect(transport)
              yield* write(transport, Buffer.from("again"))
              yield* eventually(() => received.bytes().toString().includes("again"))
            }),
          )
        }
      }),
    )
  })
}
