import { dirname, resolve } from "node:path"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type * as z from "zod"
import { consoleIn } from "../console/transport.ts"
import { type Repository, repositoriesIn } from "../packages/repository.ts"
import { problemAt, readDocument, type SourceDocument, valueDocument } from "../source/document.ts"
import type { ServiceLogger } from "../report/service-log.ts"
import { InvalidFile } from "../source/invalid-file.ts"
import { type Problem, quote } from "../source/problem.ts"
import { whatThereIs } from "../source/spelling.ts"
import { validate } from "../source/validate.ts"
import { secondsByName } from "../job/duration.ts"
import { powerIn } from "../power/power.ts"
import type { Device } from "./device.ts"
import { type DeviceType, deviceTypeNames, loadDeviceType, ownDeviceTypes } from "./device-type.ts"
import { type DeviceEntry, LabFile } from "./lab-file.ts"
import { merge } from "./merge.ts"
import { parametersOf } from "./parameters.ts"
import type { DevicePlugin } from "./plugin.ts"
import { loadPlugins } from "./load-plugins.ts"
import { type LabMethods, methodsOf } from "./plugin-methods.ts"

/** The devices that there are, and what the dispatcher offers them. */
export interface Lab {
  /** The lab file's path, or a name for a lab that a program made. */
  readonly file: string
  readonly dispatcher: LabFile["dispatcher"]
  /** Where `package://` is looked for, in this order. */
  readonly repositories: ReadonlyArray<Repository>
  readonly devices: ReadonlyMap<string, Device>
  readonly plugins: ReadonlyMap<string, DevicePlugin>
  /** What its jobs may name: the built-in methods and those of its plugins. */
  readonly methods: LabMethods
  /** Is told what the jobs of the lab do, and of requests to its servers that no job has an answer for. */
  readonly log?: ServiceLogger
}

/**
 * Reads a lab file with its device types and plugins, and checks each device's parameters by its plugin's
 * schema.
 *
 * @param source path of a JSON or YAML file, or the same as a value; paths in a value are relative to the
 * current directory
 * @param builtIn the plugins that need not be named
 *
 * Fails with InvalidFile, which lists every mistake in the order of the files.
 */
export const loadLab = (
  source: string | object,
  builtIn: ReadonlyArray<DevicePlugin>,
): Effect.Effect<Lab, InvalidFile> =>
  Effect.gen(function* () {
    const document =
      typeof source === "string" ? yield* readDocument(source) : valueDocument(source, "lab")
    const directory = typeof source === "string" ? dirname(resolve(source)) : process.cwd()
    const file = yield* checked(document, LabFile)
    const plugins = yield* loadPlugins(file.plugins, document, directory, builtIn)
    const directories = [
      ...file.device_types.map((path) => resolve(directory, path)),
      ownDeviceTypes,
    ]

    // Each is read once, however many devices are of it.
    const types: Types = new Map()
    for (const { device_type: name } of Object.values(file.devices)) {
      if (types.has(name)) continue
      types.set(name, yield* Effect.result(loadDeviceType(name, directories)))
    }
    const problems = new Set<Problem>()
    const devices = new Map<string, Device>()
    for (const [name, entry] of Object.entries(file.devices)) {
      const device = yield* Effect.result(
        makeDevice({ name, entry, file, document, directory, directories, types, plugins }),
      )
      if (Result.isSuccess(device)) devices.set(name, device.success)
      else for (const problem of device.failure.problems) problems.add(problem)
    }
    if (problems.size > 0) return yield* new InvalidFile([...problems])
    return {
      file: document.file,
      dispatcher: file.dispatcher,
      repositories: repositoriesIn(directory, file.repositories),
      devices,
      plugins,
      methods: methodsOf([...plugins.values()]),
    }
  })

const checked = <T>(document: SourceDocument, schema: z.ZodType<T>) =>
  Effect.fromResult(
    Result.mapError(validate(document, schema), (problems) => new InvalidFile(problems)),
  )

/** What became of reading each device type. */
type Types = Map<string, Result.Result<DeviceType | undefined, InvalidFile>>

const makeDevice = (from: {
  readonly name: string
  readonly entry: z.output<typeof DeviceEntry>
  readonly file: LabFile
  readonly document: SourceDocument
  readonly directory: string
  readonly directories: ReadonlyArray<string>
  readonly types: Types
  readonly plugins: ReadonlyMap<string, DevicePlugin>
}): Effect.Effect<Device, InvalidFile> =>
  Effect.gen(function* () {
    const { name, entry, file, document, directory, directories, types, plugins } = from
    const wrong = (message: string) =>
      Effect.fail(new InvalidFile([problemAt(document, ["devices", name, "device_type"], message)]))

    const type = yield* Effect.fromResult(types.get(entry.device_type)!)
    if (type === undefined) {
      const known = yield* deviceTypeNames(directories)
      return yield* wrong(
        `there is no device type ${quote(entry.device_type)}; ${whatThereIs(entry.device_type, known)}`,
      )
    }
    if (type.plugin === undefined) {
      return yield* wrong(
        `${quote(type.name)} names no plugin: it is made to be extended by other types`,
      )
    }
    const plugin = plugins.get(type.plugin)
    if (plugin === undefined) {
      return yield* wrong(
        `device type ${quote(type.name)} needs the plugin ${quote(type.plugin)}; ${whatThereIs(type.plugin, [...plugins.keys()])}`,
      )
    }
    const parameters = yield* checked(
      parametersOf(type, { name, parameters: entry.parameters, document }),
      plugin.parameters,
    )
    const timeouts = merge({ ...type.timeouts }, { ...entry.timeouts }) as DeviceType["timeouts"]
    return {
      name,
      type: type.name,
      plugin: plugin.name,
      parameters,
      mac: entry.mac,
      address: entry.address,
      dispatcher: file.dispatcher,
      tags: entry.tags,
      console: entry.console && consoleIn(directory, entry.console),
      power: entry.power && powerIn(directory, entry.power),
      network: entry.network,
      flasher: entry.flasher,
      commands: entry.commands,
      timeouts: secondsByName(timeouts.actions),
      connectionTimeouts: secondsByName(timeouts.connections),
      resetMessages: type.resetMessages,
      characterDelays: { ...type.characterDelays, ...entry.character_delays },
    }
  })
