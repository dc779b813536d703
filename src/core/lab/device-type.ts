import { readdir } from "node:fs/promises"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as z from "zod"
import { PatternText } from "../console/pattern-text.ts"
import { type SourceDocument, problemAt, readDocument } from "../source/document.ts"
import { InvalidFile } from "../source/invalid-file.ts"
import { quote } from "../source/problem.ts"
import { whatThereIs } from "../source/spelling.ts"
import { validate } from "../source/validate.ts"
import { DurationsByName } from "../job/duration.ts"
import { type Mapping, merge } from "./merge.ts"

/** The console's pace towards the board: milliseconds that pass before each typed character, by phase. */
export const CharacterDelays = z
  .strictObject({
    deploy: z.number().min(0).max(1000).optional(),
    boot: z.number().min(0).max(1000).optional(),
    test: z.number().min(0).max(1000).optional(),
  })
  .describe("milliseconds before each character typed, by phase (LAVA's character_delays)")

/** Time limits that a device type or a device sets, by action name. */
export const DeviceTimeouts = z
  .strictObject({
    actions: DurationsByName.optional().describe("the longest that an action may take"),
    connections: DurationsByName.optional().describe(
      "the longest that the device may take for an answer to an action",
    ),
  })
  .describe("time limits by action name; a job may set others")

/**
 * What all boards of a kind have in common: device-types/NAME.json. A type may extend another and says
 * only what is different; null takes a parameter away.
 */
export const DeviceTypeFile = z.strictObject({
  $schema: z.string().optional(),
  description: z.string().optional().describe("one line: what board this is"),
  extends: z.string().optional().describe("the device type that this one is a variation of"),
  plugin: z.string().optional().describe("the device plugin that knows how to drive it"),
  parameters: z
    .record(z.string(), z.unknown())
    .optional()
    .describe("what the plugin needs to know; see the plugin's own schema"),
  reset_messages: z
    .array(PatternText)
    .optional()
    .describe(
      "what the firmware prints when the board was reset, where it is not the banner of U-Boot, barebox, iPXE or SeaBIOS: regular expressions, each for one line",
    ),
  timeouts: DeviceTimeouts.optional(),
  character_delays: CharacterDelays.optional(),
})

/** See the schema of the same name. */
export type DeviceTypeFile = z.output<typeof DeviceTypeFile>

/** The directory of the device types that come with the package. */
export const ownDeviceTypes = fileURLToPath(new URL("../../../device-types", import.meta.url))

/** A device type with all that it extends merged in. */
export interface DeviceType {
  readonly name: string
  readonly description: string
  /** Absent only in a type made to be extended. */
  readonly plugin: string | undefined
  readonly parameters: Mapping
  /** What tells that the board was reset, beside the banners that are known: regular expressions. */
  readonly resetMessages: ReadonlyArray<string>
  readonly timeouts: NonNullable<DeviceTypeFile["timeouts"]>
  readonly characterDelays: NonNullable<DeviceTypeFile["character_delays"]>
  /** The files it is made of, its own first: where its parameters stand. */
  readonly documents: ReadonlyArray<SourceDocument>
}

/**
 * Finds device types by name in directories, the first directory first, and merges what they extend.
 *
 * Fails with InvalidFile where a file is wrong, extends itself, or extends what is not there.
 */
export const loadDeviceType = (
  name: string,
  directories: ReadonlyArray<string>,
): Effect.Effect<DeviceType | undefined, InvalidFile> =>
  Effect.suspend(() => load(name, directories, []))

const load = (
  name: string,
  directories: ReadonlyArray<string>,
  below: ReadonlyArray<string>,
): Effect.Effect<DeviceType | undefined, InvalidFile> =>
  Effect.gen(function* () {
    const path = yield* find(name, directories)
    if (path === undefined) return undefined
    const document = yield* readDocument(path)
    const file = yield* Effect.fromResult(
      Result.mapError(validate(document, DeviceTypeFile), (problems) => new InvalidFile(problems)),
    )
    const base = file.extends === undefined ? undefined : yield* loadBase(file.extends)
    const timeouts = merge({ ...base?.timeouts }, { ...file.timeouts })
    const delays = merge({ ...base?.characterDelays }, { ...file.character_delays })
    return {
      name,
      description: file.description ?? base?.description ?? name,
      plugin: file.plugin ?? base?.plugin,
      parameters: merge(base?.parameters ?? {}, file.parameters ?? {}),
      resetMessages: file.reset_messages ?? base?.resetMessages ?? [],
      timeouts,
      characterDelays: delays,
      documents: [document, ...(base?.documents ?? [])],
    }

    function* loadBase(parent: string) {
      const wrong = (message: string) =>
        new InvalidFile([problemAt(document, ["extends"], message)])
      if (parent === name || below.includes(parent)) {
        return yield* wrong(`${[...below, name, parent].join(" extends ")}: a circle`)
      }
      const found = yield* load(parent, directories, [...below, name])
      if (found) return found
      const known = yield* deviceTypeNames(directories)
      return yield* wrong(`there is no device type ${quote(parent)}; ${whatThereIs(parent, known)}`)
    }
  })

/** The names of all device types in the directories. */
export const deviceTypeNames = (
  directories: ReadonlyArray<string>,
): Effect.Effect<ReadonlyArray<string>> =>
  Effect.map(Effect.forEach(directories, filesIn), (lists) =>
    [...new Set(lists.flat().map((file) => file.replace(suffix, "")))].toSorted(),
  )

const suffix = /\.(json|yaml|yml)$/

const filesIn = (directory: string): Effect.Effect<ReadonlyArray<string>> =>
  Effect.promise(async () => {
    const names = await readdir(directory).catch(() => [])
    return names.filter((name) => suffix.test(name))
  })

const find = (name: string, directories: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    for (const directory of directories) {
      const files = yield* filesIn(directory)
      const file = files.find((each) => each.replace(suffix, "") === name)
      if (file !== undefined) return join(directory, file)
    }
    return undefined
  })
