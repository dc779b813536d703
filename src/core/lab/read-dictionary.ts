import { dirname } from "node:path"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { parseArgsStringToArgv } from "string-argv"
import { type CommandLine, showCommand } from "../console/command-line.ts"
import { consoleIn, type ConsoleSettings } from "../console/transport.ts"
import { type PowerSettings, usualPower } from "../power/power.ts"
import { readDocument, type SourceDocument } from "../source/document.ts"
import { InvalidFile } from "../source/invalid-file.ts"
import { validate } from "../source/validate.ts"
import type { Device } from "./device.ts"
import type { DeviceType } from "./device-type.ts"
import { DeviceDictionary } from "./dictionary.ts"

/** A device dictionary of LAVA's as the two things it is at once: a device type, and how one device of it is reached. */
export interface DictionaryDevice {
  readonly type: DeviceType
  readonly reached: Pick<Device, "mac" | "address" | "console" | "power" | "flasher" | "commands">
  /** Its name, where the dictionary tells it. */
  readonly hostname: string | undefined
}

/** The plugin that plans jobs from what a dictionary says. */
const plugin = "lava-dictionary"

/**
 * Reads a device dictionary as LAVA renders it, YAML or JSON. A key that stands twice counts as it stands last, as in
 * LAVA.
 *
 * Fails with InvalidFile, which lists every mistake with its position.
 *
 * @param typeName what the device's type is called: no dictionary says it
 */
export const readDictionary = (
  path: string,
  typeName: string,
): Effect.Effect<DictionaryDevice, InvalidFile> =>
  Effect.gen(function* () {
    const document = { ...(yield* readDocument(path)), duplicates: [] }
    const dictionary = yield* Effect.fromResult(
      Result.mapError(validate(document, DeviceDictionary), (found) => new InvalidFile(found)),
    )
    return {
      type: typeOf(dictionary, typeName, document),
      reached: reachedBy(dictionary, dirname(path)),
      hostname: dictionary.hostname,
    }
  })

const typeOf = (
  { commands, constants, parameters, actions, timeouts, character_delays }: DeviceDictionary,
  name: string,
  document: SourceDocument,
): DeviceType => ({
  name,
  description: name,
  plugin,
  parameters: { commands, constants, parameters, actions },
  resetMessages: [],
  timeouts: { ...timeouts },
  characterDelays: { ...character_delays },
  // What stands in a device type's `parameters` is all of a dictionary.
  documents: [
    {
      ...document,
      locate: (place, part) =>
        document.locate(place[0] === "parameters" ? place.slice(1) : place, part),
    },
  ],
})

const reachedBy = (
  dictionary: DeviceDictionary,
  directory: string,
): DictionaryDevice["reached"] => {
  const { commands, parameters, actions } = dictionary
  const target = parameters?.interfaces?.target
  const flasher = actions?.deploy?.methods?.flasher?.commands.map((each) => [...words(each)]) ?? []
  return {
    mac: target?.mac?.toLowerCase(),
    address: target?.ip,
    console: consoleOf(dictionary, directory),
    power: commands && powerOf(commands),
    // What gives the device its own firmware back, LAVA knows nothing of.
    flasher: flasher.length > 0 ? { commands: flasher, restore: [] } : undefined,
    commands: commands ? namedCommands(commands) : {},
  }
}

type Commands = NonNullable<DeviceDictionary["commands"]>

const words = (command: string): CommandLine => parseArgsStringToArgv(command)

/** Commands that are run one after the other as one command. */
const inTurn = (commands: ReadonlyArray<string>): CommandLine | undefined => {
  const [first, ...others] = commands.map(words)
  if (others.length === 0) return first
  return ["sh", "-c", commands.map((command) => showCommand(words(command))).join(" && ")]
}

/** The primary connection, or the host that is logged in to where there is none. */
const consoleOf = (
  { commands, actions }: DeviceDictionary,
  directory: string,
): ConsoleSettings | undefined => {
  const connections = Object.values(commands?.connections ?? {})
  const primary = connections.find(({ tags }) => tags.includes("primary"))
  const connect = commands?.connect ?? primary?.connect
  if (connect !== undefined) return byCommand(connect)
  const ssh = actions?.deploy?.methods?.ssh
  if (ssh?.host === undefined) return undefined
  const { host, port = 22, user, identity_file } = ssh
  return consoleIn(directory, { ssh: { host, port, user, identity_file } })
}

/** Telnet is spoken by the dispatcher itself: it knows when the connection is lost, and why. */
const byCommand = (connect: string): ConsoleSettings => {
  const command = words(connect)
  const [program, host, port, ...others] = command
  return program === "telnet" && host !== undefined && /^\d+$/.test(port ?? "") && !others.length
    ? { telnet: { host, port: Number(port) } }
    : { command: [...command] }
}

const powerOf = (commands: Commands): PowerSettings | undefined => {
  const reset = inTurn(commands.hard_reset)
  const on = inTurn([...commands.pre_power_command, ...commands.power_on])
  const off = inTurn(commands.power_off)
  const isCycled = commands.power_on.length > 0 && off !== undefined
  // A device that nothing brings up again is not switched off to reset it.
  if (!reset && !isCycled) return undefined
  return {
    ...usualPower,
    ...(commands.power_on.length > 0 && on && { on: [...on] }),
    ...(off && { off: [...off] }),
    ...(reset && { reset: [...reset] }),
  }
}

/** The user's commands, and LAVA's own that have no other meaning here. */
const namedCommands = (commands: Commands): Device["commands"] => {
  const builtIn = ["pre_power_command", "pre_os_command", "recovery_mode", "recovery_exit"] as const
  const named = [
    ...builtIn.map((name) => [name, { do: commands[name] }] as const),
    ...Object.entries(commands.users ?? {}),
  ]
  return Object.fromEntries(
    named.flatMap(([name, command]) => {
      const run = inTurn(command.do)
      const undo = "undo" in command && command.undo ? inTurn(command.undo) : undefined
      return run ? [[name, { do: run, ...(undo && { undo }) }]] : []
    }),
  )
}
