import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as fc from "fast-check"
import { distinctDevices } from "../../../src/core/lab/choose-device.ts"
import type { Device } from "../../../src/core/lab/device.ts"
import { reserve } from "../../../src/core/lab/reservation.ts"
import { makeDevice } from "./make-device.ts"

const board = (port: number) =>
  makeDevice({ name: `board-${port}`, console: { tcp: { host: "192.0.2.2", port } } })

const boards = Array.from({ length: 6 }, (_, index) => board(index + 1))

const chosen = (...candidates: ReadonlyArray<ReadonlyArray<Device>>) =>
  Effect.map(distinctDevices(candidates), (devices) => devices?.map(({ name }) => name))

describe("distinctDevices", () => {
  it.live("takes the first that nobody has, the first of all where none is free", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const [one, two] = boards as [Device, Device]
        expect(yield* chosen([one, two])).toEqual(["board-1"])
        yield* reserve(one, "somebody")
        expect(yield* chosen([one, two])).toEqual(["board-2"])
        yield* reserve(two, "somebody else")
        expect(yield* chosen([one, two])).toEqual(["board-1"])
      }),
    ),
  )

  it.live("leaves a device to a list that has no other", () =>
    Effect.gen(function* () {
      const [one, two] = boards as [Device, Device]
      expect(yield* chosen([one, two], [one])).toEqual(["board-2", "board-1"])
      expect(yield* chosen([one], [one])).toBeUndefined()
    }),
  )

  it("finds an assignment wherever there is one, and none twice", async () => {
    const lists = fc.array(fc.subarray(boards), { minLength: 1, maxLength: 5 })
    const possible = (rest: ReadonlyArray<ReadonlyArray<Device>>, taken: Set<Device>): boolean => {
      const [list, ...others] = rest
      if (!list) return true
      return list.some((each) => !taken.has(each) && possible(others, new Set([...taken, each])))
    }
    await fc.assert(
      fc.asyncProperty(lists, async (candidates) => {
        const devices = await Effect.runPromise(distinctDevices(candidates))
        expect(devices !== undefined).toBe(possible(candidates, new Set()))
        if (!devices) return
        expect(new Set(devices).size).toBe(candidates.length)
        for (const [index, each] of devices.entries()) expect(candidates[index]).toContain(each)
      }),
    )
  })
})
