import * as Effect from "effect/Effect"
import { importDeviceType } from "../core/lab/import-device-type.ts"
import { renderTemplate } from "../core/lab/jinja-template.ts"

/** The options of `dispatch device-type import`. */
export interface ImportOptions {
  readonly path?: ReadonlyArray<string>
  readonly dictionary?: boolean
}

/** Prints a template of LAVA's as a device type; answers the exit code. Rejects with InvalidFile. */
export const importTemplate = async (
  file: string,
  { path = [], dictionary = false }: ImportOptions,
): Promise<number> => {
  const rendered = await Effect.runPromise(renderTemplate(file, path))
  const type = await Effect.runPromise(importDeviceType(rendered, `${file} (rendered)`))
  process.stdout.write(dictionary ? `${rendered}\n` : `${JSON.stringify(type, null, 2)}\n`)
  return 0
}
