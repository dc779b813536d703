import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { isMapping, type Mapping } from "../job/rule.ts"
import { readText } from "../source/document.ts"
import { InvalidFile } from "../source/invalid-file.ts"
import { validate } from "../source/validate.ts"
import type { DeviceTypeFile } from "./device-type.ts"
import { DeviceDictionary } from "./dictionary.ts"

/** Keys of a dictionary's `commands` that are one device's, which the lab file says. */
const ownCommands = new Set([
  "connect",
  "connections",
  "hard_reset",
  "power_on",
  "power_off",
  "users",
])

/**
 * A device dictionary as a device type: what is said of how one device is reached is left out.
 *
 * Fails with InvalidFile where the text is no dictionary.
 *
 * @param name what problems call the text
 */
export const importDeviceType = (
  dictionary: string,
  name: string,
): Effect.Effect<DeviceTypeFile, InvalidFile> =>
  Effect.gen(function* () {
    const document = { ...(yield* readText(dictionary, name)), duplicates: [] }
    const checked = validate(document, DeviceDictionary)
    if (Result.isFailure(checked)) return yield* new InvalidFile(checked.failure)
    const { commands, constants, parameters, actions, timeouts, character_delays } = withoutNulls(
      document.value,
    ) as Partial<Record<string, Mapping>>
    const kept = Object.entries(commands ?? {}).filter(([key]) => !ownCommands.has(key))
    return {
      plugin: "lava-dictionary",
      parameters: {
        ...(kept.length > 0 && { commands: Object.fromEntries(kept) }),
        constants,
        parameters,
        actions,
      },
      ...(character_delays && { character_delays }),
      ...(timeouts && { timeouts }),
    }
  })

/** In a device type null takes a key away: a method of which nothing is said is an empty mapping. */
const withoutNulls = (value: unknown, key?: string): unknown => {
  if (Array.isArray(value)) return value.map((each) => withoutNulls(each))
  if (!isMapping(value)) return value
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, each]) => {
      if (each === null) return key === "methods" ? [[name, {}]] : []
      return [[name, withoutNulls(each, name)]]
    }),
  )
}
