import { editorSchema, jobJsonSchema } from "../core/job/json-schema.ts"
import { DeviceTypeFile } from "../core/lab/device-type.ts"
import { LabFile } from "../core/lab/lab-file.ts"
import { ConfigurationError } from "../core/pipeline/errors.ts"
import type { LabOptions } from "./options.ts"

/** The kinds of file that people write. */
export type FileKind = "job" | "lab" | "device-type"

/**
 * Prints the JSON Schema of a kind of file; answers the exit code. Rejects with InvalidFile where the lab file of
 * --lab is wrong, with ConfigurationError where it would mean nothing.
 */
export const schema = async (kind: FileKind, { lab }: LabOptions): Promise<number> => {
  process.stdout.write(`${JSON.stringify(await schemaOf(kind, lab), null, 2)}\n`)
  return 0
}

const schemaOf = async (kind: FileKind, lab: string | undefined): Promise<object> => {
  if (kind === "job") return jobJsonSchema(lab === undefined ? undefined : await methodsIn(lab))
  if (lab !== undefined) {
    throw new ConfigurationError({
      message: `the schema of a ${kind} is the same in every lab: leave --lab away`,
    })
  }
  const title = kind === "lab" ? "Lab file of lab-dispatch" : "Device type of lab-dispatch"
  return editorSchema((kind === "lab" ? LabFile : DeviceTypeFile).meta({ title }))
}

const methodsIn = async (lab: string) => {
  const { loadLab } = await import("../index.ts")
  return (await loadLab(lab)).methods
}
