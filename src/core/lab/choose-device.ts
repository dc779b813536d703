import * as Effect from "effect/Effect"
import { ConfigurationError } from "../pipeline/errors.ts"
import type { Device } from "./device.ts"
import { whatThereIs } from "./device-type.ts"
import type { Lab } from "./load-lab.ts"

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
