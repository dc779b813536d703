import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as z from "zod"
import { resolve } from "node:path"
import { CommandLine, showCommand } from "../console/command-line.ts"
import type { HostProgram } from "../host-program.ts"
import { ConfigurationError, type InfrastructureError } from "../pipeline/errors.ts"
import { commandPower } from "./commands.ts"
import { libvirtPrograms, LibvirtSettings, libvirtPower } from "./libvirt.ts"
import { MonitorSettings, monitorPower } from "./monitor.ts"
import { qemuPrograms, QemuSettings, qemuPower } from "./qemu.ts"
import { unknownSwitch } from "./unknown.ts"

type Switch = Effect.Effect<void, InfrastructureError | ConfigurationError>

/** What a power switch can do for any device. */
export type PowerSwitch = "on" | "off" | "reset"

/**
 * Switches a device's power. Each fails with InfrastructureError where it cannot be done, with ConfigurationError where
 * the lab file does not say how.
 */
export interface PowerPort {
  /** Nothing is done where the lab can only reset the device: it is always on. */
  readonly on: Switch
  /** Nothing is done where the lab can only reset the device: it stays on. */
  readonly off: Switch
  /** Brings the device to its firmware, from off as well. */
  readonly reset: Switch
  /** Brings a virtual machine to one of its snapshots, and lets it run, from off as well; absent where nothing can. */
  readonly revert?: (snapshot: string) => Switch
}

/** The power of the job's device. */
export class Power extends Context.Service<Power, PowerPort>()("lab-dispatch/Power") {}

const commands = {
  on: CommandLine.optional().describe("Switches the device on; does no harm when it is on"),
  off: CommandLine.optional().describe("Switches the device off; does no harm when it is off"),
  reset: CommandLine.optional().describe(
    "Resets the device; without it, the device is switched off and on",
  ),
  revert: CommandLine.optional().describe(
    "Brings a virtual machine to a snapshot, whose name {SNAPSHOT} stands for: zfs rollback tank/vm@{SNAPSHOT}. It is switched off before and on afterwards, where there are commands for that",
  ),
}

const machines = {
  qemu: QemuSettings.optional().describe(
    "A virtual machine whose QEMU the dispatcher runs, on a fresh disk for each job",
  ),
  qmp: MonitorSettings.optional().describe("A virtual machine by the monitor of its running QEMU"),
  libvirt: LibvirtSettings.optional().describe("A virtual machine by libvirt's virsh"),
}

/** The settings of a switch of which nothing but its commands is said. */
export const usualPower = { off_seconds: 1, timeout_seconds: 30, attempts: 3, retry_seconds: 2 }

/** The `power` section of a device in the lab file: the commands that switch its power, or the virtual machine that it is. */
export const PowerSettings = z
  .strictObject({
    ...commands,
    ...machines,
    off_seconds: z
      .number()
      .min(0)
      .max(600)
      .default(usualPower.off_seconds)
      .describe("How long the device is off when it is reset by off and on"),
    timeout_seconds: z
      .number()
      .positive()
      .max(600)
      .default(usualPower.timeout_seconds)
      .describe("How long each command may take"),
    attempts: z
      .int()
      .min(1)
      .max(20)
      .default(usualPower.attempts)
      .describe("How often a command that fails is tried"),
    retry_seconds: z
      .number()
      .min(0)
      .max(600)
      .default(usualPower.retry_seconds)
      .describe("Pause before a command that failed is tried again"),
  })
  .refine((power) => isWhole(power), {
    error: `expected "on" and "off", or "reset" alone for a device that is always on; or what kind of virtual machine it is: ${Object.keys(machines).join(", ")}`,
  })
  .meta({
    anyOf: [
      ["on", "off"],
      ["reset"],
      ["revert"],
      ...Object.keys(machines).map((kind) => [kind]),
    ].map((required) => ({ required })),
  })

/** The `power` section of a device, with its defaults filled in. */
export type PowerSettings = z.output<typeof PowerSettings>

type Part = keyof typeof commands | keyof typeof machines

const isWhole = (power: { readonly [part in Part]?: unknown }): boolean => {
  const has = (part: Part) => power[part] !== undefined
  const kinds = (Object.keys(machines) as ReadonlyArray<Part>).filter(has)
  if (kinds.length > 0) {
    return kinds.length === 1 && !(Object.keys(commands) as ReadonlyArray<Part>).some(has)
  }
  if (has("on") || has("off")) return has("on") && has("off")
  return has("reset") || has("revert")
}

/** The settings of a lab file that is in `directory`, with the paths that may be relative to it made absolute. */
export const powerIn = (directory: string, settings: PowerSettings): PowerSettings => {
  const { qmp, qemu } = settings
  const images = Object.entries(qemu?.snapshots ?? {})
  return {
    ...settings,
    ...(qmp && { qmp: { ...qmp, socket: resolve(directory, qmp.socket) } }),
    ...(qemu && {
      qemu: {
        ...qemu,
        snapshots: Object.fromEntries(
          images.map(([name, path]) => [name, resolve(directory, path)]),
        ),
      },
    }),
  }
}

/**
 * The power of a device as the lab file describes it, outside of a job. Without a description each switch fails, as a
 * ConfigurationError.
 */
export const makePower = (settings: PowerSettings | undefined): PowerPort => {
  if (!settings) return noPower
  if (settings.qmp) return monitorPower(settings.qmp)
  if (settings.libvirt) return libvirtPower(settings.libvirt, settings)
  if (settings.qemu) return jobsOnly
  return commandPower(settings)
}

/**
 * The power of a job's device: a virtual machine may run for as long as the Scope is open.
 *
 * @param directory the job's own
 */
export const makeJobPower = (
  settings: PowerSettings | undefined,
  directory: string,
): Effect.Effect<PowerPort, never, Scope.Scope> =>
  settings?.qemu ? qemuPower(settings.qemu, directory) : Effect.succeed(makePower(settings))

/**
 * What does one thing with a device's power, in words for plans and messages: 'the command "pdu off"'; undefined where
 * nothing does it.
 */
export const whatSwitches = (
  settings: PowerSettings | undefined,
  what: PowerSwitch | "revert",
): string | undefined => {
  if (settings?.qmp) return `QEMU's monitor ${settings.qmp.socket}`
  if (settings?.qemu) return `the dispatcher's own QEMU, ${settings.qemu.command[0]}`
  if (settings?.libvirt) return `virsh for the domain ${settings.libvirt.domain}`
  const command = settings?.[what]
  return command && `the command "${showCommand(command)}"`
}

/** The programs of this machine that it takes to switch a device. */
export const powerPrograms = (settings: PowerSettings | undefined): ReadonlyArray<HostProgram> => {
  if (settings?.libvirt) return libvirtPrograms
  return settings?.qemu ? qemuPrograms : []
}

const noPower: PowerPort = {
  on: unknownSwitch("switched on"),
  off: unknownSwitch("switched off"),
  reset: unknownSwitch("reset"),
}

const inJobsOnly = Effect.suspend(() =>
  Effect.fail(
    new ConfigurationError({
      message:
        "the virtual machine runs in jobs only: its QEMU is the dispatcher's own, and ends with the job",
    }),
  ),
)

const jobsOnly: PowerPort = { on: inJobsOnly, off: inJobsOnly, reset: inJobsOnly }
