import fc from "fast-check"
import * as Result from "effect/Result"
import { describe, expect, it } from "vitest"
import { readJson } from "../../../src/core/source/json-tree.ts"
import { locator } from "../../../src/core/source/tree.ts"
import { parseYaml } from "../../../src/core/source/yaml-document.ts"

/** The paths to all that a value holds. */
const pathsOf = (value: unknown): ReadonlyArray<ReadonlyArray<PropertyKey>> =>
  typeof value !== "object" || value === null
    ? [[]]
    : [
        [],
        ...Object.entries(value).flatMap(([key, inner]) => {
          const step = Array.isArray(value) ? Number(key) : key
          return pathsOf(inner).map((path) => [step, ...path])
        }),
      ]

describe("JSON", () => {
  const containers = fc.jsonValue().filter((value) => typeof value === "object" && value !== null)

  it("has the values and positions that the reader of YAML makes of it", () => {
    fc.assert(
      fc.property(containers, fc.constantFrom(0, 1, 2, "\t"), (value, indent) => {
        const text = `\n${JSON.stringify(value, null, indent)}\r\n`
        const yaml = parseYaml(text, "f")
        const json = readJson(text)
        // What the reader of YAML refuses is left to it.
        if (Result.isFailure(yaml) || yaml.success.duplicates.length > 0 || !json) {
          return json === undefined
        }
        expect(json.value).toEqual(yaml.success.value)
        const locate = locator(json, text)
        for (const path of pathsOf(value)) {
          expect(locate(path)).toEqual(yaml.success.locate(path))
          expect(locate(path, "key")).toEqual(yaml.success.locate(path, "key"))
        }
        return true
      }),
    )
  })

  it.each([
    ['{"a": 12345678901234567890, "b": -0.5, "c": 1e3, "d": "1e3"}'],
    ['[{}, [], {"": [[]]}, "\\u00e9\\n\\"\\\\", true, false, null]'],
  ])("is read: %s", (text) => {
    const yaml = Result.getOrThrow(parseYaml(text, "f"))
    expect(readJson(text)?.value).toEqual(yaml.value)
  })

  it.each([
    ["YAML", "{a: 1}"],
    ["a comma too many", '{"a": 1,}'],
    ["a comment", '{"a": 1} # one'],
    ["two documents", '{"a": 1}\n{"b": 1}'],
    ["a key that stands twice", '{"a": 1, "b": {"a": 1, "\\u0061": 2}}'],
    ["a key that is none", '{"__proto__": {}}'],
    ["a lone value", '"a"'],
    ["more levels than anybody writes", `${"[".repeat(200)}${"]".repeat(200)}`],
    ["brackets without end", "[".repeat(100_000)],
    ["nothing", ""],
  ])("that it is not, or not fit for use: %s", (_, text) => {
    expect(readJson(text)).toBeUndefined()
  })
})
