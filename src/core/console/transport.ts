import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as z from "zod"
import type { InfrastructureError } from "../pipeline/errors.ts"
import { CommandLine } from "./command-line.ts"
import { openProcess } from "./process.ts"
import { openSerial } from "./serial.ts"
import { withAbsolutePaths } from "../ssh/settings.ts"
import { SshSettings } from "./ssh/settings.ts"
import { openSsh } from "./ssh/ssh.ts"
import { openTcp } from "./tcp.ts"
import { openTelnet } from "./telnet.ts"

/**
 * A way to a device's console: bytes both ways, until one side ends it. Plain code, because every
 * byte goes through it.
 */
export interface Transport {
  /** What an error message calls it, as "serial port /dev/ttyUSB0". */
  readonly description: string
  /** Sends bytes; settles when they are on their way. Rejects when the connection is lost. */
  readonly write: (bytes: Uint8Array) => Promise<void>
  /**
   * Sets the one who takes what comes. Nothing is lost that came before. The bytes do not change
   * afterwards, so they may be kept.
   */
  readonly onData: (take: (bytes: Uint8Array) => void) => void
  /**
   * Sets the one who is told, once, that the connection is lost, and why, as the end of a sentence:
   * "the other side closed the connection". Not told when `close` ended it.
   */
  readonly onClose: (tell: (reason: string) => void) => void
  /** Ends the connection; settles when all is given back. May be called more than once. */
  readonly close: () => Promise<void>
}

const network = z.strictObject({
  host: z.string().min(1).describe("Name or address of the host that serves the console"),
  port: z.int().min(1).max(65535).describe("TCP port of the console"),
})

const serial = z.strictObject({
  path: z.string().min(1).describe("Serial device, best by /dev/serial/by-id/..., or a PTY"),
  baud: z.int().min(1).default(115200).describe("Bits a second"),
})

const ways = ["serial", "tcp", "telnet", "ssh", "command"] as const

/** The `console` section of a device in the lab file: one way to its console, and how to type on it. */
export const ConsoleSettings = z
  .strictObject({
    serial: serial.optional().describe("A serial port of this machine"),
    tcp: network.optional().describe("A TCP port that carries the console's bytes as they are"),
    telnet: network
      .optional()
      .describe("A TCP port that speaks telnet: ser2net, a terminal server"),
    ssh: SshSettings.optional().describe("A command on another host, as on a console server"),
    command: CommandLine.optional().describe(
      "A program whose input and output are the console, as conmux-console",
    ),
    character_delay_ms: z
      .number()
      .min(0)
      .max(1000)
      .optional()
      .describe("Pause between typed characters, for a console that loses them"),
  })
  .refine((settings) => ways.filter((way) => settings[way] !== undefined).length === 1, {
    error: `expected exactly one of ${ways.map((way) => `"${way}"`).join(", ")}`,
  })
  .meta({ oneOf: ways.map((way) => ({ required: [way] })) })

/** The `console` section of a device, with its defaults filled in. */
export type ConsoleSettings = z.output<typeof ConsoleSettings>

/** The settings of a lab file that is in `directory`, with the paths that may be relative to it made absolute. */
export const consoleIn = (directory: string, settings: ConsoleSettings): ConsoleSettings =>
  settings.ssh ? { ...settings, ssh: withAbsolutePaths(settings.ssh, directory) } : settings

/** The values of the settings that must appear in no log. */
export const consoleSecrets = ({ ssh }: ConsoleSettings): ReadonlyArray<string> =>
  [ssh?.password, ssh?.passphrase].filter((secret) => secret !== undefined)

/**
 * Opens the console that the lab file describes; it is closed with the scope. Fails with
 * InfrastructureError, saying what to check, when it cannot be opened within 10 s, by ssh 30 s.
 */
export const openTransport = (
  settings: ConsoleSettings,
): Effect.Effect<Transport, InfrastructureError, Scope.Scope> => {
  if (settings.serial) return openSerial(settings.serial)
  if (settings.tcp) return openTcp(settings.tcp)
  if (settings.telnet) return openTelnet(settings.telnet)
  if (settings.ssh) return openSsh(settings.ssh)
  // The schema has made sure that there is one.
  return openProcess(settings.command!)
}
