import { DispatcherSettings } from "../../../src/core/net/settings.ts"
import type { Device } from "../../../src/core/lab/device.ts"

/** A device for a test, with nothing but what the test gives it. */
export const makeDevice = (parts: Partial<Device>): Device => ({
  name: "board",
  type: "test",
  plugin: "test",
  parameters: {},
  mac: undefined,
  network: undefined,
  address: undefined,
  dispatcher: DispatcherSettings.parse({}),
  tags: [],
  console: undefined,
  power: undefined,
  flasher: undefined,
  commands: {},
  timeouts: {},
  connectionTimeouts: {},
  resetMessages: [],
  characterDelays: {},
  ...parts,
})
