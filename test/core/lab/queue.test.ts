import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Scope from "effect/Scope"
import { randomUUID } from "node:crypto"
import { reserve } from "../../../src/core/lab/reservation.ts"
import { reserveWithin } from "../../../src/core/lab/queue.ts"
import { Events } from "../../../src/core/pipeline/events.ts"
import { makeDevice } from "./make-device.ts"

const taken = Effect.gen(function* () {
  const device = makeDevice({ name: randomUUID() })
  const scope = yield* Scope.make()
  yield* reserve(device, "job one").pipe(Scope.provide(scope))
  const messages: Array<string> = []
  const queue = (seconds: number) =>
    reserveWithin([device], "job two", seconds).pipe(
      Effect.provideService(Events, {
        emit: (event) => void (event.type === "log" && messages.push(event.message)),
      }),
      Effect.scoped,
    )
  return { device, scope, queue, messages, release: Scope.close(scope, Exit.void) }
})

describe("reserveWithin", () => {
  it.live("waits for a device that is in use until it is free", () =>
    Effect.gen(function* () {
      const { device, queue, messages, release } = yield* taken
      const waiting = yield* Effect.forkChild(queue(20))
      yield* Effect.sleep(100)
      expect(messages).toEqual([`${device.name} is in use by job one: waiting until it is free`])
      yield* release
      expect(Exit.isSuccess(yield* Fiber.await(waiting))).toBe(true)
    }),
  )

  it.live("cancels the job when it was not free for so long", () =>
    Effect.gen(function* () {
      const { device, queue, release } = yield* taken
      expect(yield* Effect.flip(queue(1.5))).toMatchObject({
        _tag: "CanceledError",
        message: expect.stringContaining(`${device.name} was still in use by job one after 1.5 s`),
      })
      yield* release
    }),
  )

  it.live("does not wait where the job says nothing of a queue", () =>
    Effect.gen(function* () {
      const { queue, release } = yield* taken
      expect(yield* Effect.flip(queue(0))).toMatchObject({ _tag: "InfrastructureError" })
      yield* release
    }),
  )
})
