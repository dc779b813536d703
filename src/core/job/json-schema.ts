import * as z from "zod"
import { isMapping } from "./rule.ts"
import { jobSchema } from "./v2/job.ts"
import type { Methods } from "./v2/methods.ts"

/**
 * A JSON Schema (draft 2020-12) of what a person may write in a job file, for editors. Rules over
 * several keys are not in it, and keys that are refused in plain words are left out: an editor would
 * offer them.
 */
export const jobJsonSchema = (methods?: Methods): Readonly<Record<string, unknown>> =>
  editorSchema(jobSchema(methods))

/** As `jobJsonSchema`, of any file that a person writes. */
export const editorSchema = (schema: z.ZodType): Readonly<Record<string, unknown>> => {
  const json = z.toJSONSchema(schema, { io: "input", target: "draft-2020-12" })
  return withoutRefused(json) as Readonly<Record<string, unknown>>
}

/** zod writes `z.never()` as `{"not": {}}`. */
const isRefused = (schema: unknown): boolean => isMapping(schema) && "not" in schema

const withoutRefused = (schema: unknown): unknown => {
  if (Array.isArray(schema)) return schema.map(withoutRefused)
  if (!isMapping(schema)) return schema
  const entries = Object.entries(schema).filter(([, value]) => !isRefused(value))
  return Object.fromEntries(entries.map(([key, value]) => [key, withoutRefused(value)]))
}
