import type { CommandLine } from "../console/command-line.ts"
import type { ConsoleSettings } from "../console/transport.ts"
import type { DeviceNetwork } from "../net/segment/settings.ts"
import type { DispatcherSettings } from "../net/settings.ts"
import type { PowerSettings } from "../power/power.ts"
import type { DeviceType } from "./device-type.ts"
import type { Flasher } from "./flasher.ts"

/** One board of the lab, with all that its type and its plugin say of it. */
export interface Device<P = unknown> {
  readonly name: string
  /** Name of its device type. */
  readonly type: string
  /** Name of the plugin that drives it. */
  readonly plugin: string
  /** What the plugin needs to know, checked by the plugin's schema. */
  readonly parameters: P
  /** MAC address of the interface that it boots from, lower case with colons. */
  readonly mac: string | undefined
  /** Its own IP address, where it always has the same. */
  readonly address: string | undefined
  /** How it reaches its dispatcher. */
  readonly dispatcher: DispatcherSettings
  readonly tags: ReadonlyArray<string>
  readonly console: ConsoleSettings | undefined
  readonly power: PowerSettings | undefined
  /** How it gets into a network segment of a job's own. */
  readonly network: DeviceNetwork | undefined
  /** How it gets a job's firmware, and its own again. */
  readonly flasher: Flasher | undefined
  /** Commands of this machine that a job may run by name. */
  readonly commands: Readonly<
    Record<string, { readonly do: CommandLine; readonly undo?: CommandLine | undefined }>
  >
  /** Time limits in seconds, by action name. */
  readonly timeouts: Readonly<Record<string, number>>
  /** The longest waits for an answer of the device in seconds, by action name. */
  readonly connectionTimeouts: Readonly<Record<string, number>>
  /** What tells that the board was reset, beside the banners that are known: regular expressions. */
  readonly resetMessages: ReadonlyArray<string>
  readonly characterDelays: DeviceType["characterDelays"]
}
