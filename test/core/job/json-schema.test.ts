import { describe, expect, it } from "vitest"
import * as z from "zod"
import { jobJsonSchema } from "../../../src/core/job/json-schema.ts"
import { isMapping } from "../../../src/core/job/rule.ts"
import { goodJob } from "./good-job.ts"

const schema = jobJsonSchema()

/** Every property of the schema, by its path. */
const properties = (node: unknown, path = ""): ReadonlyArray<readonly [string, unknown]> => {
  if (Array.isArray(node)) return node.flatMap((each) => properties(each, path))
  if (!isMapping(node)) return []
  return Object.entries(node).flatMap(([key, value]) =>
    key === "properties" && isMapping(value)
      ? Object.entries(value).flatMap(([name, each]) => [
          [`${path}.${name}`, each] as const,
          ...properties(each, `${path}.${name}`),
        ])
      : properties(value, path),
  )
}

describe("the JSON Schema of jobs", () => {
  it("is draft 2020-12 and accepts a job that uses every key", () => {
    expect(schema["$schema"]).toBe("https://json-schema.org/draft/2020-12/schema")
    const read = z.fromJSONSchema(schema)
    expect(read.safeParse(goodJob).error).toBeUndefined()
    expect(read.safeParse({ ...goodJob, job_nam: "x" }).success).toBe(false)
    expect(read.safeParse({ ...goodJob, actions: [{ boot: { method: "x" } }] }).success).toBe(false)
    expect(read.safeParse({ ...goodJob, timeouts: { job: { minutes: "5" } } }).success).toBe(false)
  })

  it("describes every key of a job, for editors to show", () => {
    const known = properties(schema)
    expect(known.length).toBeGreaterThan(50)
    const bare = known.filter(([, value]) => !isMapping(value) || !value["description"])
    expect(bare.map(([path]) => path).filter((path) => !/definitions\./.test(path))).toEqual([])
  })

  it("does not offer keys that would be refused", () => {
    const names = properties(schema).map(([path]) => path.split(".").at(-1))
    expect(names).toContain("worker")
    expect(names).not.toContain("extra_files")
  })

  it("has the methods of plugins", () => {
    const own = jobJsonSchema({
      deploy: { flasher: z.object({ image: z.string() }) },
      boot: {},
      test: {},
    })
    expect(JSON.stringify(own)).toContain('"const":"flasher"')
  })
})
