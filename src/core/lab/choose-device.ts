import * as Effect from "effect/Effect"
import type { PluginOf } from "../job/dialect/dialect.ts"
import { ConfigurationError } from "../pipeline/errors.ts"
import type { Device } from "./device.ts"
import { whatThereIs } from "../source/spelling.ts"
import type { Lab } from "./load-lab.ts"
import { holderOf } from "./reservation.ts"

/** What a job says of the device it wants. */
export interface Wish {
  readonly device?: string | undefined
  readonly device_type?: string | undefined
  readonly tags?: ReadonlyArray<string> | undefined
}

/**
 * The devices that a job can run on, in the order of the lab file: the one it names, or all of its device
 * type that have all of its tags.
 *
 * Fails with ConfigurationError, which names what there is, where there is none.
 */
export const matchingDevices = (
  lab: Lab,
  wish: Wish,
): Effect.Effect<readonly [Device, ...Array<Device>], ConfigurationError> => {
  const fail = (message: string) =>
    Effect.fail(new ConfigurationError({ message: `${message} (${lab.file})` }))
  const { device, device_type, tags = [] } = wish
  const all = [...lab.devices.values()]
  if (device !== undefined) {
    const found = lab.devices.get(device)
    if (!found)
      return fail(`no such device: "${device}"; ${whatThereIs(device, [...lab.devices.keys()])}`)
    const missing = tags.filter((tag) => !found.tags.includes(tag))
    if (missing.length > 0) return fail(`${device} does not have the tags ${missing.join(", ")}`)
    return Effect.succeed([found])
  }
  const ofType = all.filter(({ type }) => type === device_type)
  if (ofType.length === 0) {
    const types = [...new Set(all.map(({ type }) => type))]
    return fail(`no device of the type "${device_type}"; ${whatThereIs(device_type ?? "", types)}`)
  }
  const [first, ...rest] = ofType.filter((each) => tags.every((tag) => each.tags.includes(tag)))
  if (!first) {
    return fail(
      `no device of the type "${device_type}" has all the tags ${tags.join(", ")}: ${ofType.map(({ name, tags }) => `${name} has ${tags.join(", ") || "none"}`).join("; ")}`,
    )
  }
  return Effect.succeed([first, ...rest])
}

/**
 * Tells which plugin drives what a job wants: that of the device, or of the first device of the type.
 *
 * @param given the device to run on, instead of the one that the job asks for
 */
export const pluginIn =
  (lab: Lab, given?: string): PluginOf =>
  ({ device = given, device_type }) =>
    device === undefined
      ? [...lab.devices.values()].find(({ type }) => type === device_type)?.plugin
      : lab.devices.get(device)?.plugin

/**
 * A device for each of several lists that it may be taken from, none twice; those that nobody has come first. Undefined
 * where the lists have too few.
 */
export const distinctDevices = (
  candidates: ReadonlyArray<ReadonlyArray<Device>>,
): Effect.Effect<ReadonlyArray<Device> | undefined> =>
  Effect.gen(function* () {
    const busy = new Set<Device>()
    // Where there is no choice, nobody need be asked.
    const choices = new Set(candidates.filter((list) => list.length > 1).flat())
    yield* Effect.forEach(
      choices,
      (device) => Effect.map(holderOf(device), (holder) => void (holder && busy.add(device))),
      { concurrency: "unbounded" },
    )
    return assign(
      candidates.map((list) => list.toSorted((a, b) => Number(busy.has(a)) - Number(busy.has(b)))),
    )
  })

/** A matching of lists and devices by augmenting paths: a later list may make an earlier one take its next. */
const assign = (
  candidates: ReadonlyArray<ReadonlyArray<Device>>,
): ReadonlyArray<Device> | undefined => {
  const owners = new Map<Device, number>()
  const place = (list: number, seen: Set<Device>): boolean =>
    (candidates[list] ?? []).some((device) => {
      if (seen.has(device)) return false
      seen.add(device)
      const owner = owners.get(device)
      if (owner !== undefined && !place(owner, seen)) return false
      owners.set(device, list)
      return true
    })
  if (!candidates.every((_, list) => place(list, new Set()))) return undefined
  const byList = [...owners].toSorted(([, a], [, b]) => a - b)
  return byList.map(([device]) => device)
}
