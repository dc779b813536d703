import { describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { expect } from "vitest"
import { isolate } from "../../../src/core/lab/isolation.ts"
import { DeviceNetwork } from "../../../src/core/net/segment/settings.ts"
import { DispatcherSettings } from "../../../src/core/net/settings.ts"
import { makeDevice } from "./make-device.ts"

const board = (name: string, network: object | undefined, isolated: object = {}) => ({
  ...makeDevice({ name }),
  mac: `52:54:00:00:00:${name.slice(-2)}`,
  address: "192.168.1.7",
  network: network && DeviceNetwork.parse({ join: "true", ...network }),
  dispatcher: DispatcherSettings.parse({ address: "192.168.1.1", isolated }),
})

describe("isolated devices", () => {
  it.effect("have addresses of the segment, each its own, and so has their dispatcher", () =>
    Effect.gen(function* () {
      const { devices, segment } = yield* isolate([
        board("board-01", {}),
        board("board-02", { address: "10.77.0.2", boot_file: "pxelinux.0" }),
      ])
      expect(devices.map(({ address }) => address)).toEqual(["10.77.0.3", "10.77.0.2"])
      expect(devices[0]?.dispatcher).toMatchObject({ address: "10.77.0.1", bind: "10.77.0.1" })
      expect(segment.members).toEqual([
        {
          name: "board-01",
          mac: "52:54:00:00:00:01",
          address: "10.77.0.3",
          bootFile: undefined,
        },
        {
          name: "board-02",
          mac: "52:54:00:00:00:02",
          address: "10.77.0.2",
          bootFile: "pxelinux.0",
        },
      ])
    }),
  )

  it.effect("have addresses that nobody here knows where another DHCP server gives them", () =>
    Effect.gen(function* () {
      const { devices } = yield* isolate([board("board-01", {}, { dhcp: "proxy" })])
      expect(devices[0]?.address).toBeUndefined()
    }),
  )

  it.effect("are refused where they have no way into a segment, or no address there", () =>
    Effect.gen(function* () {
      for (const [network, message] of [
        [undefined, /board-01 cannot be isolated: .* give it a "network" section/],
        [{ address: "10.78.0.2" }, /cannot have the address 10\.78\.0\.2 .* 10\.77\.0\.1\/24/],
        [{ address: "10.77.0.1" }, /cannot have the address 10\.77\.0\.1 /],
      ] as const) {
        const error = yield* Effect.flip(isolate([board("board-01", network)]))
        expect(error).toMatchObject({ _tag: "ConfigurationError" })
        expect(error.message).toMatch(message)
      }
    }),
  )
})
