import { existsSync, globSync, readFileSync } from "node:fs"
import * as Result from "effect/Result"
import { describe, expect, it } from "vitest"
import { checkJob } from "../../../src/core/job/definition.ts"
import { renderProblem } from "../../../src/core/source/problem.ts"
import { parseYaml } from "../../../src/core/source/yaml-document.ts"

/** Job definitions of public repositories, kept beside a checkout where somebody has collected them. */
const corpus = new URL("../../../../shared/corpus/", import.meta.url).pathname
const absent = !existsSync(corpus)
const files = (pattern: string) => (absent ? [] : globSync(`${corpus}${pattern}`))

/** The index tells which v1 files are malformed at their source. */
const malformed = () =>
  new Set(
    readFileSync(`${corpus}v1/INDEX.tsv`, "utf8")
      .split("\n")
      .filter((line) => line.includes("notjson"))
      .map((line) => `${corpus}v1/${line.split("\t")[0]}`),
  )

describe.skipIf(absent)("real files (skipped where ../shared/corpus is absent)", () => {
  it.each([
    ["v2/**/*.y*ml", 223],
    ["testdefs/**/*.y*ml", 112],
  ])("%s are documents", (pattern, count) => {
    const paths = files(pattern)
    expect(paths.length).toBeGreaterThanOrEqual(count)
    const failures = paths.flatMap((path) => {
      const result = parseYaml(readFileSync(path, "utf8"), path)
      return Result.isFailure(result) ? result.failure.map(renderProblem) : []
    })
    expect(failures).toEqual([])
  })

  it("v1 jobs are documents, or were malformed at their source", () => {
    const known = malformed()
    const unexpected = files("v1/**/*.json").filter(
      (path) => Result.isFailure(parseYaml(readFileSync(path, "utf8"), path)) && !known.has(path),
    )
    expect(unexpected).toEqual([])
  })

  it("v2 jobs that are not accepted are refused with positions and plain words", () => {
    for (const path of files("v2/**/*.y*ml")) {
      const document = Result.getOrThrow(parseYaml(readFileSync(path, "utf8"), path))
      const result = checkJob(document)
      if (Result.isSuccess(result)) continue
      for (const problem of result.failure) {
        expect(problem.line).toBeGreaterThan(0)
        expect(problem.message).not.toMatch(/invalid input|undefined|\[object/i)
      }
    }
  })
})
