import { existsSync, globSync, readFileSync } from "node:fs"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { describe, expect, it } from "vitest"
import * as z from "zod"
import {
  dependencies,
  type TestDefinition,
  TestDefinitionRef,
} from "../../../src/core/testshell/definition.ts"
import { parseDefinition } from "../../../src/core/testshell/load-definition.ts"
import { validate } from "../../../src/core/source/validate.ts"
import { parseYaml } from "../../../src/core/source/yaml-document.ts"

const parse = (text: string, name = "test.yaml"): Promise<TestDefinition> =>
  Effect.runPromise(parseDefinition(text, name))
const mistakes = async (text: string): Promise<string> =>
  (await Effect.runPromise(Effect.flip(parseDefinition(text, "test.yaml")))).message

/** Test definitions of public repositories, kept beside a checkout where somebody has collected them. */
const corpus = new URL("../../../../shared/corpus/", import.meta.url).pathname
const absent = !existsSync(corpus)

describe.skipIf(absent)("real files (skipped where ../shared/corpus is absent)", () => {
  it("the definitions that jobs name are accepted", () => {
    let count = 0
    for (const path of globSync(`${corpus}v2/**/*.y*ml`)) {
      const job = Result.getOrThrow(parseYaml(readFileSync(path, "utf8"), path)).value as {
        actions?: ReadonlyArray<{ test?: { definitions?: ReadonlyArray<unknown> } } | null>
      } | null
      for (const action of job?.actions ?? []) {
        for (const ref of action?.test?.definitions ?? []) {
          count++
          const read = TestDefinitionRef.safeParse(ref)
          expect(read.error?.issues ?? [], `${path} ${JSON.stringify(ref)}`).toEqual([])
        }
      }
    }
    expect(count).toBeGreaterThan(300)
  })
})

describe("a definition", () => {
  it("is read as LAVA means it", async () => {
    const definition = await parse(`
metadata: {name: smoke, format: Lava-Test Test Definition 1.0, os: [debian]}
params: {A: 1, B: yes, C: , D: "x"}
install:
  deps: [curl, git]
  deps-debian: [dpkg-dev]
  deps-oe: opkg
  git-repos: ["https://example.com/a.git", {url: U, branch: B, destination: d}]
  steps: [make]
run:
  steps:
    - lava-test-case a --result pass
    -
    - echo key: value
    - true
    - |
      multi
      line
expected: [a]
`)
    expect(definition.params).toEqual({ A: 1, B: true, C: null, D: "x" })
    expect(definition.run?.steps).toEqual([
      "lava-test-case a --result pass",
      "echo key: value",
      "true",
      "multi\nline\n",
    ])
    expect(dependencies(definition)).toEqual(["curl", "git"])
    expect(dependencies(definition, "debian")).toEqual(["curl", "git", "dpkg-dev"])
    expect(dependencies(definition, "oe")).toEqual(["curl", "git", "opkg"])
    expect(definition.install?.["git-repos"].map(({ url }) => url)).toEqual([
      "https://example.com/a.git",
      "U",
    ])
  })

  it("is refused with every mistake and its place", async () => {
    const message = await mistakes(
      "metadata: {}\nparams: {not-a-name: 1}\ninstall:\n  deps-x: {}\nrun:\n  steps: [[nested]]\n",
    )
    expect(message).toMatch(/^the test definition is not valid:\n/)
    expect(message).toMatch(/test\.yaml:1:11 metadata\.name: missing; expected a (text|string)/)
    expect(message).toMatch(
      /test\.yaml:2:\d+ params\["?not-a-name"?\]|test\.yaml:2:\d+ params\.not-a-name/,
    )
    expect(message).toMatch(/test\.yaml:4:\d+ install\.deps-x: expected a list of packages/)
    expect(message).toMatch(/test\.yaml:6:\d+ run\.steps\[0\]: expected a line of shell/)
    expect(await mistakes("metadata: {name: x}\nrun: [\n")).toMatch(/test\.yaml:\d+:\d+/)
  })
})

describe("an entry of a job", () => {
  const inline = { metadata: { name: "x" }, run: { steps: [] } }
  it.each([
    [{ from: "inline", name: "a b", repository: inline }, "name"],
    [{ from: "inline", name: "lava", repository: inline }, "name"],
    [{ from: "git", name: "a", repository: "--upload-pack=x", path: "a" }, "repository"],
    [{ from: "git", name: "a", repository: "https://x", path: "../a" }, "path"],
    [{ from: "git", name: "a", repository: "https://x", path: "/a" }, "path"],
    [{ from: "git", name: "a", repository: "https://x", path: "a", branch: "-b" }, "branch"],
    [{ from: "git", name: "a", repository: "https://x" }, "path"],
    [{ from: "url", name: "a", repository: "https://x", path: "a", branch: "b" }, ""],
    [
      { from: "inline", name: "a", repository: inline, skip_install: ["everything"] },
      "skip_install.0",
    ],
    [{ from: "inline", name: "a", repository: inline, parameters: { "a-b": 1 } }, "parameters.a-b"],
  ])("%j is refused", (ref, path) => {
    const { error } = TestDefinitionRef.safeParse(ref)
    expect(error?.issues.map((issue) => issue.path.join("."))).toEqual([path])
  })

  it("takes a revision that YAML reads as a number", () => {
    const ref = TestDefinitionRef.parse({
      from: "git",
      name: "a",
      repository: "https://x",
      path: "a",
      revision: 441,
    })
    expect(ref).toMatchObject({ revision: "441" })
  })

  it("has a JSON Schema for editors, and errors in words", () => {
    expect(z.toJSONSchema(TestDefinitionRef, { io: "input" })).toMatchObject({
      oneOf: expect.any(Array),
    })
    const document = Result.getOrThrow(parseYaml("from: gti\nname: a\n", "ref.yaml"))
    const result = validate(document, TestDefinitionRef)
    expect(Result.isFailure(result) && result.failure).toMatchObject([{ line: 1, path: "from" }])
  })
})
