import { existsSync } from "node:fs"
import type { Lab } from "../core/lab/load-lab.ts"
import type { Device } from "../core/lab/device.ts"
import { ConfigurationError } from "../core/pipeline/errors.ts"

/** Looked for in the current directory, in this order. */
const usualNames = ["lab.json", "lab.yaml", "lab.yml"]

/**
 * The lab file to use: the one given by --lab, else by $LAB_DISPATCH_LAB, else lab.json or lab.yaml here.
 *
 * Throws ConfigurationError where there is none.
 */
export const findLab = (given: string | undefined): string => {
  const path = given ?? usualLab()
  if (path !== undefined) return path
  throw new ConfigurationError({
    message: `there is no lab file: give one by --lab FILE or $LAB_DISPATCH_LAB, or have lab.json or lab.yaml in the current directory (${process.cwd()})`,
  })
}

const usualLab = (): string | undefined =>
  (process.env["LAB_DISPATCH_LAB"] || undefined) ?? usualNames.find((name) => existsSync(name))

/**
 * Loads the lab, with a device in it where one is given: by its name, or by a device dictionary of LAVA's, which takes no
 * lab file. Rejects with ConfigurationError.
 *
 * @param given the value of --lab
 * @param device the value of --device
 */
export const labFor = async (
  given: string | undefined,
  device: string | undefined,
): Promise<{ readonly lab: Lab; readonly device?: string }> => {
  const { loadLab } = await import("../index.ts")
  if (device === undefined) return { lab: await loadLab(findLab(given)) }
  const isFile = device.includes("/") || /\.(ya?ml|json)$/.test(device)
  if (!isFile) return { lab: await loadLab(findLab(given)), device }
  const lab = await loadLab(given ?? usualLab() ?? { devices: {} })
  if (lab.devices.has(device)) return { lab, device }
  const [Effect, { withDictionary }] = await Promise.all([
    import("effect/Effect"),
    import("../core/lab/dictionary-device.ts"),
  ])
  return Effect.runPromise(withDictionary(lab, device))
}

/**
 * Loads the lab and finds one of its devices, or the device of a dictionary. Rejects with ConfigurationError.
 *
 * @param given the value of --lab
 */
export const findDevice = async (given: string | undefined, name: string): Promise<Device> => {
  const [Effect, { matchingDevices }, found] = await Promise.all([
    import("effect/Effect"),
    import("../core/lab/choose-device.ts"),
    labFor(given, name),
  ])
  const [device] = await Effect.runPromise(matchingDevices(found.lab, { device: found.device }))
  return device
}
