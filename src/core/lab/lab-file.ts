import * as z from "zod"
import { CommandLine } from "../console/command-line.ts"
import { ConsoleSettings } from "../console/transport.ts"
import { DeviceNetwork } from "../net/segment/settings.ts"
import { DispatcherSettings } from "../net/settings.ts"
import { RepositoryEntries } from "../packages/repository.ts"
import { PowerSettings } from "../power/power.ts"
import { CharacterDelays, DeviceTimeouts } from "./device-type.ts"
import { Flasher } from "./flasher.ts"

/** One board: what it is, and how to reach its console and its power. */
export const DeviceEntry = z.strictObject({
  device_type: z
    .string()
    .describe("name of a file in device-types/, without .json; with a dictionary, any name"),
  dictionary: z
    .string()
    .min(1)
    .optional()
    .describe(
      "a device dictionary as LAVA renders it, in place of a device type's file; what is said here counts before it",
    ),
  mac: z
    .string()
    .regex(/^[0-9a-f]{2}([:-][0-9a-f]{2}){5}$/i, "expected a MAC address, as 52:54:00:aa:00:01")
    .transform((mac) => mac.toLowerCase().replaceAll("-", ":"))
    .optional()
    .describe("MAC address of the interface that the board boots from"),
  address: z
    .union([z.ipv4(), z.ipv6()], { error: "expected an IP address" })
    .optional()
    .describe("the board's own IP address, where it always has the same"),
  console: ConsoleSettings.optional(),
  power: PowerSettings.optional(),
  network: DeviceNetwork.optional(),
  flasher: Flasher.optional(),
  commands: z
    .record(z.string(), z.strictObject({ do: CommandLine, undo: CommandLine.optional() }))
    .default({})
    .describe("commands of this machine that a job may run by name; undo is run when the job ends"),
  tags: z.array(z.string()).default([]).describe("what jobs may ask for"),
  parameters: z
    .record(z.string(), z.unknown())
    .default({})
    .describe("what is different from the device type's parameters"),
  timeouts: DeviceTimeouts.optional(),
  character_delays: CharacterDelays.optional(),
})

/** The lab file: which devices there are, and what the dispatcher offers them. */
export const LabFile = z.strictObject({
  $schema: z.string().optional(),
  dispatcher: DispatcherSettings.prefault({}),
  plugins: z
    .array(z.string())
    .default([])
    .describe("device plugins: a file relative to this one (./my-board.ts) or an npm package"),
  device_types: z
    .array(z.string())
    .default(["device-types"])
    .describe("directories with device types of this lab, searched before those that come with it"),
  repositories: RepositoryEntries.describe(
    "where package://NAME is looked for, in this order: directories, http(s) or ssh URLs",
  ),
  devices: z.record(
    z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, "expected a name of letters, digits, . _ -"),
    DeviceEntry,
  ),
})

/** See the schema of the same name. */
export type LabFile = z.output<typeof LabFile>
