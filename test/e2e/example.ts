import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { expect } from "vitest"

/** An example of jobs/, by its name. */
export const readExample = async (name: string): Promise<object> => {
  const text = await readFile(join(import.meta.dirname, `../../jobs/${name}.json`), "utf8")
  const { $schema, ...job } = JSON.parse(text) as { readonly $schema: string }
  expect($schema).toBe("../schemas/job.schema.json")
  return job
}
