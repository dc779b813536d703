import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as z from "zod"
import { CommandLine } from "../console/command-line.ts"
import { ConfigurationError, type InfrastructureError } from "../pipeline/errors.ts"
import { commandPower } from "./commands.ts"

type Switch = Effect.Effect<void, InfrastructureError | ConfigurationError>

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
}

/** The power of the job's device. */
export class Power extends Context.Service<Power, PowerPort>()("lab-dispatch/Power") {}

/** The `power` section of a device in the lab file: the commands that switch its power. */
export const PowerSettings = z
  .strictObject({
    on: CommandLine.optional().describe("Switches the device on; does no harm when it is on"),
    off: CommandLine.optional().describe("Switches the device off; does no harm when it is off"),
    reset: CommandLine.optional().describe(
      "Resets the device; without it, the device is switched off and on",
    ),
    off_seconds: z
      .number()
      .min(0)
      .max(600)
      .default(1)
      .describe("How long the device is off when it is reset by off and on"),
    timeout_seconds: z
      .number()
      .positive()
      .max(600)
      .default(30)
      .describe("How long each command may take"),
    attempts: z.int().min(1).max(20).default(3).describe("How often a command that fails is tried"),
    retry_seconds: z
      .number()
      .min(0)
      .max(600)
      .default(2)
      .describe("Pause before a command that failed is tried again"),
  })
  .refine(({ on, off, reset }) => (on && off) || (reset && !on && !off), {
    error: `expected "on" and "off", or "reset" alone for a device that is always on`,
  })
  .meta({ anyOf: [{ required: ["on", "off"] }, { required: ["reset"] }] })

/** The `power` section of a device, with its defaults filled in. */
export type PowerSettings = z.output<typeof PowerSettings>

/** The power of a device as the lab file describes it. Without a description each switch fails, as a ConfigurationError. */
export const makePower = (settings: PowerSettings | undefined): PowerPort =>
  settings ? commandPower(settings) : noPower

const unknown = (what: string): Switch =>
  Effect.suspend(() =>
    Effect.fail(
      new ConfigurationError({
        message: `the device was to be ${what}, but the lab file does not say how; give it a "power" section`,
      }),
    ),
  )

const noPower: PowerPort = {
  on: unknown("switched on"),
  off: unknown("switched off"),
  reset: unknown("reset"),
}
