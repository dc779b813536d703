import { dirname, resolve } from "node:path"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type * as z from "zod"
import { type Repository, repositoriesIn } from "../packages/repository.ts"
import { problemAt, readDocument, type SourceDocument, valueDocument } from "../source/document.ts"
import type { ServiceLogger } from "../report/service-log.ts"
import { InvalidFile } from "../source/invalid-file.ts"
import { type Problem, quote } from "../source/problem.ts"
import { whatThereIs } from "../source/spelling.ts"
import { validate } from "../source/validate.ts"
import type { Device } from "./device.ts"
import { type DeviceType, deviceTypeNames, loadDeviceType, ownDeviceTypes } from "./device-type.ts"
import { type DeviceEntry, LabFile } from "./lab-file.ts"
import { type Described, makeDevice } from "./make-device.ts"
import type { DevicePlugin } from "./plugin.ts"
import { loadPlugins } from "./load-plugins.ts"
import { type LabMethods, methodsOf } from "./plugin-methods.ts"
import { readDictionary } from "./read-dictionary.ts"

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
    const place = { lab: { dispatcher: file.dispatcher, plugins }, document, directory }
    const typeOf = yield* deviceTypes(file, document, directory)
    const describe = (
      name: string,
      { device_type: type, dictionary }: z.output<typeof DeviceEntry>,
    ): Effect.Effect<Described, InvalidFile> =>
      dictionary === undefined
        ? Effect.map(typeOf(name, type), (found) => ({ type: found }))
        : readDictionary(resolve(directory, dictionary), type)
    const problems = new Set<Problem>()
    const devices = new Map<string, Device>()
    for (const [name, entry] of Object.entries(file.devices)) {
      const device = yield* Effect.result(
        Effect.flatMap(describe(name, entry), (described) =>
          makeDevice(name, entry, described, place),
        ),
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

/** The device types of a lab's devices, each of which is read once, however many devices are of it. */
const deviceTypes = (file: LabFile, document: SourceDocument, directory: string) =>
  Effect.gen(function* () {
    const directories = [
      ...file.device_types.map((path) => resolve(directory, path)),
      ownDeviceTypes,
    ]
    const types = new Map<string, Result.Result<DeviceType | undefined, InvalidFile>>()
    for (const { device_type: name, dictionary } of Object.values(file.devices)) {
      if (dictionary !== undefined || types.has(name)) continue
      types.set(name, yield* Effect.result(loadDeviceType(name, directories)))
    }
    return (device: string, name: string) =>
      Effect.gen(function* () {
        const type = yield* Effect.fromResult(types.get(name)!)
        if (type) return type
        const known = yield* deviceTypeNames(directories)
        const message = `there is no device type ${quote(name)}; ${whatThereIs(name, known)}`
        const place = ["devices", device, "device_type"]
        return yield* new InvalidFile([problemAt(document, place, message)])
      })
  })
