import { existsSync, globSync, readFileSync } from "node:fs"
import * as Result from "effect/Result"
import { describe, expect, it } from "vitest"
import { checkJob } from "../../../../src/core/job/definition.ts"
import { translateV1 } from "../../../../src/core/job/v1/v1.ts"
import { renderProblem } from "../../../../src/core/source/problem.ts"
import { parseYaml } from "../../../../src/core/source/yaml-document.ts"

/** Jobs of public repositories, kept beside a checkout where somebody has collected them. */
const corpus = new URL("../../../../../shared/corpus/v1/", import.meta.url).pathname
const absent = !existsSync(corpus)
const files = absent ? [] : globSync(`${corpus}**/*.json`)

/** What became of a file. */
const translate = (path: string) => {
  const document = parseYaml(readFileSync(path, "utf8"), path.slice(corpus.length))
  return Result.isFailure(document)
    ? { problems: document.failure, notes: [], blanks: [], document: undefined }
    : translateV1(document.success, () => undefined)
}

describe.skipIf(absent)("real v1 jobs (skipped where ../shared/corpus is absent)", () => {
  it("are all translated, or refused with a place and a reason", () => {
    expect(files.length).toBeGreaterThanOrEqual(83)
    const refused = files.filter((path) => translate(path).problems.length > 0)
    for (const path of files) {
      const { problems, notes, blanks } = translate(path)
      for (const each of [...problems, ...notes, ...blanks]) {
        expect(each.line, path).toBeGreaterThan(0)
        expect(each.message).not.toMatch(/undefined|\[object|invalid input/i)
      }
    }
    // What refuses them: Android, fast models, whole images for boards, CFE, empty or malformed files.
    expect(refused.length).toBeLessThanOrEqual(17)
  })

  it("are jobs in LAVA's second format when translated", () => {
    const wrong = files.flatMap((path) => {
      const { problems, document } = translate(path)
      if (problems.length > 0 || !document) return []
      const checked = checkJob(document)
      // What has a severity is LAVA's all the same, and cannot be done here.
      return Result.isSuccess(checked)
        ? []
        : checked.failure.filter(({ severity }) => severity === undefined).map(renderProblem)
    })
    expect(wrong).toEqual([])
  })

  it("tell of every place of a template", () => {
    const templates = readFileSync(`${corpus}INDEX.tsv`, "utf8")
      .split("\n")
      .filter((line) => line.endsWith("\ttemplate"))
      .map((line) => line.split("\t")[0]!)
    for (const name of templates) {
      const { blanks } = translate(`${corpus}${name}`)
      // LAVA's own places are filled in when a device boots.
      const own = name.startsWith("Linaro_")
      expect(blanks.length > 0, name).toBe(!own)
    }
  })
})
