import { readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { dispatch } from "./command.ts"

describe("dispatch schema", () => {
  it.each(["job", "lab", "device-type"])(
    "prints the schema of a %s, and schemas/ has it as it is now (else: npm run schemas)",
    async (kind) => {
      const { code, stdout } = await dispatch(["schema", kind])
      expect(code).toBe(0)
      const schema = JSON.parse(stdout) as object
      expect(schema).toMatchObject({
        $schema: "https://json-schema.org/draft/2020-12/schema",
        type: "object",
        additionalProperties: false,
      })
      const kept = new URL(`../../schemas/${kind}.schema.json`, import.meta.url)
      expect(JSON.parse(readFileSync(kept, "utf8"))).toEqual(schema)
    },
  )
})
