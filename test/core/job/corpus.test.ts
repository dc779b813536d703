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

/** What LAVA's own schema says of each v2 job. */
const verdicts = (): ReadonlyArray<readonly [file: string, verdict: string]> =>
  absent
    ? []
    : readFileSync(`${corpus}v2/INDEX.tsv`, "utf8")
        .trim()
        .split(/\r?\n/)
        .slice(1)
        .map((line) => line.split("\t"))
        .map((cells) => [cells[0]!, cells.at(-1)!])

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

  it.each(verdicts())("LAVA's verdict: %s is %s", (file, verdict) => {
    const result = checkJob(
      Result.getOrThrow(parseYaml(readFileSync(`${corpus}v2/${file}`, "utf8"), file)),
    )
    const problems = Result.isFailure(result) ? result.failure : result.success.warnings
    const refusals = problems.filter(({ severity }) => severity === undefined)
    expect(refusals.length === 0, refusals.map(renderProblem).join("\n")).toBe(verdict === "valid")
    for (const problem of problems) {
      expect(problem.line).toBeGreaterThan(0)
      expect(problem.message).not.toMatch(/invalid input|undefined|\[object|[\u0001-\u0003]/i)
    }
  })
})
