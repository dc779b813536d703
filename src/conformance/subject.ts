import { randomBytes } from "node:crypto"
import { dirname, resolve } from "node:path"
import * as Effect from "effect/Effect"
import type { BoardScriptInput } from "../board/script.ts"
import { type Lab, loadLab } from "../core/lab/load-lab.ts"
import type { DevicePlugin } from "../core/lab/plugin.ts"
import { readDocument } from "../core/source/document.ts"
import { builtInPlugins } from "../index.ts"
import type { TrialDevice } from "./trial-device.ts"

/** Keys of a device in the lab file, as its `mac`, and of its `power`, beside those that say how to reach it. */
export type DeviceKeys = Readonly<Record<string, unknown>> & { readonly power?: object }

/** A plugin and what it takes to try it. */
export interface Subject {
  readonly plugin: DevicePlugin
  /** A device type that names the plugin: a file in the directory of all device types, or what one says. */
  readonly deviceType: string | object
  /** A board of this type: the file of a script or the script itself; or what starts another device, for one trial. */
  readonly board: string | BoardScriptInput | ((name: string) => Promise<TrialDevice>)
  readonly device?: DeviceKeys
}

/** A name for the device of one trial: it is reserved by that where it has no console. */
export const trialName = (): string => `trial-${randomBytes(4).toString("hex")}`

/** What a device type says, and the directory in which those are that it extends. */
export const readDeviceType = async (
  type: string | object,
): Promise<{ readonly value: object; readonly directory: string | undefined }> => {
  if (typeof type === "object") return { value: type, directory: undefined }
  const { value } = await Effect.runPromise(readDocument(type))
  return { value: value as object, directory: dirname(resolve(type)) }
}

/**
 * A lab with one device of a device type.
 *
 * @param name the device's
 * @param directories where the device type is
 * @param entry what the subject does not say of the device
 */
export const labOf = (
  { plugin, device }: Subject,
  name: string,
  type: string,
  directories: ReadonlyArray<string>,
  entry: object = {},
): Promise<Lab> =>
  Effect.runPromise(
    loadLab(
      {
        dispatcher: { address: "127.0.0.1", bind: "127.0.0.1", tftp: { port: 0 } },
        device_types: directories,
        devices: { [name]: { device_type: type, ...device, ...entry } },
      },
      [...builtInPlugins, plugin],
    ),
  )
