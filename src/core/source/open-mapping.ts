import * as z from "zod"
import { warning } from "./severity.ts"

/**
 * A mapping that takes keys it does not know: they are told, and left out of what is read.
 *
 * @param takes whether it takes any, as what is meant by it can be told without them
 */
export const openMapping = <Shape extends z.ZodRawShape>(
  shape: Shape,
  takes: (input: unknown) => boolean = () => true,
) =>
  z.strictObject(shape, {
    error: (issue) =>
      issue.code === "unrecognized_keys" && takes(issue.input)
        ? warning(knownKeys(issue.inst).join("\n"))
        : undefined,
  })

/** The keys that a schema knows, but for those that it has only to refuse them in plain words. */
export const knownKeys = (schema: unknown): ReadonlyArray<string> => {
  if (schema instanceof z.ZodObject) {
    return Object.entries(schema.shape)
      .filter(([, value]) => !isRefused(value))
      .map(([key]) => key)
  }
  return schema instanceof z.ZodRecord ? [...(schema.keyType._zod.values ?? [])].map(String) : []
}

const isRefused = (schema: unknown): boolean =>
  schema instanceof z.ZodNever || (schema instanceof z.ZodOptional && isRefused(schema.unwrap()))
