import { existsSync } from "node:fs"
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
  const path =
    given ??
    (process.env["LAB_DISPATCH_LAB"] || undefined) ??
    usualNames.find((name) => existsSync(name))
  if (path !== undefined) return path
  throw new ConfigurationError({
    message: `there is no lab file: give one by --lab FILE or $LAB_DISPATCH_LAB, or have lab.json or lab.yaml in the current directory (${process.cwd()})`,
  })
}

/**
 * Loads the lab and finds one of its devices. Rejects with ConfigurationError.
 *
 * @param given the value of --lab
 */
export const findDevice = async (given: string | undefined, name: string): Promise<Device> => {
  const path = findLab(given)
  const [Effect, { matchingDevices }, { loadLab }] = await Promise.all([
    import("effect/Effect"),
    import("../core/lab/choose-device.ts"),
    import("../index.ts"),
  ])
  const [device] = await Effect.runPromise(matchingDevices(await loadLab(path), { device: name }))
  return device
}
