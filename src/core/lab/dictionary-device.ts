import { basename, dirname, extname } from "node:path"
import * as Effect from "effect/Effect"
import { valueDocument } from "../source/document.ts"
import type { InvalidFile } from "../source/invalid-file.ts"
import type { Lab } from "./load-lab.ts"
import { makeDevice } from "./make-device.ts"
import { readDictionary } from "./read-dictionary.ts"

/** A lab with a device in it that its file does not name. */
export interface LabWithDevice {
  readonly lab: Lab
  /** The device's name. */
  readonly device: string
}

/**
 * A lab that has one more device, which a device dictionary of LAVA's describes. It has the name that the dictionary
 * tells, else that of its file.
 *
 * Fails with InvalidFile, which lists every mistake with its position.
 */
export const withDictionary = (lab: Lab, path: string): Effect.Effect<LabWithDevice, InvalidFile> =>
  Effect.gen(function* () {
    const fileName = basename(path, extname(path))
    const described = yield* readDictionary(path, fileName)
    const name = described.hostname ?? fileName
    const entry = { device_type: fileName, commands: {}, tags: [], parameters: {} }
    const document = valueDocument({}, path)
    const device = yield* makeDevice(name, entry, described, {
      lab,
      document,
      directory: dirname(path),
    })
    return { lab: { ...lab, devices: new Map([...lab.devices, [name, device]]) }, device: name }
  })
