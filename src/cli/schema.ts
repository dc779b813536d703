import { editorSchema, jobJsonSchema } from "../core/job/json-schema.ts"
import { DeviceTypeFile } from "../core/lab/device-type.ts"
import { LabFile } from "../core/lab/lab-file.ts"

/** The kinds of file that people write. */
export type FileKind = "job" | "lab" | "device-type"

/** Prints the JSON Schema of a kind of file; answers the exit code. */
export const schema = async (kind: FileKind): Promise<number> => {
  process.stdout.write(`${JSON.stringify(schemaOf(kind), null, 2)}\n`)
  return 0
}

const schemaOf = (kind: FileKind): object => {
  if (kind === "job") return jobJsonSchema()
  const title = kind === "lab" ? "Lab file of lab-dispatch" : "Device type of lab-dispatch"
  return editorSchema((kind === "lab" ? LabFile : DeviceTypeFile).meta({ title }))
}
