import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type * as z from "zod"
import { consoleIn } from "../console/transport.ts"
import { secondsByName } from "../job/duration.ts"
import { powerIn } from "../power/power.ts"
import { problemAt, type SourceDocument } from "../source/document.ts"
import { InvalidFile } from "../source/invalid-file.ts"
import { quote } from "../source/problem.ts"
import { whatThereIs } from "../source/spelling.ts"
import { validate } from "../source/validate.ts"
import type { Device } from "./device.ts"
import type { DeviceType } from "./device-type.ts"
import type { DeviceEntry } from "./lab-file.ts"
import type { Lab } from "./load-lab.ts"
import { merge } from "./merge.ts"
import { parametersOf } from "./parameters.ts"
import type { DictionaryDevice } from "./read-dictionary.ts"

/** What is said of a device beside its entry in the lab file: its type, or a dictionary of LAVA's. */
export type Described = Pick<DictionaryDevice, "type"> & Partial<DictionaryDevice>

/** Where a device is to be. */
export interface Place {
  readonly lab: Pick<Lab, "dispatcher" | "plugins">
  /** What says that there is such a device: the lab file. */
  readonly document: SourceDocument
  /** What relative paths of the entry are relative to. */
  readonly directory: string
}

/**
 * A device from all that is said of it; what its entry says counts before what a dictionary does.
 *
 * Fails with InvalidFile where its plugin is unknown or does not take its parameters.
 */
export const makeDevice = (
  name: string,
  entry: z.output<typeof DeviceEntry>,
  { type, reached }: Described,
  { lab, document, directory }: Place,
): Effect.Effect<Device, InvalidFile> =>
  Effect.gen(function* () {
    const plugin = yield* pluginOf(type, lab.plugins, (message) =>
      problemAt(document, ["devices", name, "device_type"], message),
    )
    const parameters = yield* Effect.fromResult(
      Result.mapError(
        validate(
          parametersOf(type, { name, parameters: entry.parameters, document }),
          plugin.parameters,
        ),
        (problems) => new InvalidFile(problems),
      ),
    )
    const timeouts = merge({ ...type.timeouts }, { ...entry.timeouts }) as DeviceType["timeouts"]
    return {
      name,
      type: type.name,
      plugin: plugin.name,
      parameters,
      mac: entry.mac ?? reached?.mac,
      address: entry.address ?? reached?.address,
      dispatcher: lab.dispatcher,
      tags: entry.tags,
      console: entry.console ? consoleIn(directory, entry.console) : reached?.console,
      power: entry.power ? powerIn(directory, entry.power) : reached?.power,
      network: entry.network,
      flasher: entry.flasher ?? reached?.flasher,
      commands: { ...reached?.commands, ...entry.commands },
      timeouts: secondsByName(timeouts.actions),
      connectionTimeouts: secondsByName(timeouts.connections),
      resetMessages: type.resetMessages,
      characterDelays: { ...type.characterDelays, ...entry.character_delays },
    }
  })

const pluginOf = (
  type: DeviceType,
  plugins: Place["lab"]["plugins"],
  problem: (message: string) => ReturnType<typeof problemAt>,
) => {
  const wrong = (message: string) => Effect.fail(new InvalidFile([problem(message)]))
  if (type.plugin === undefined) {
    return wrong(`${quote(type.name)} names no plugin: it is made to be extended by other types`)
  }
  const plugin = plugins.get(type.plugin)
  if (plugin) return Effect.succeed(plugin)
  return wrong(
    `device type ${quote(type.name)} needs the plugin ${quote(type.plugin)}; ${whatThereIs(type.plugin, [...plugins.keys()])}`,
  )
}
