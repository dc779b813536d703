import fc from "fast-check"
import * as Result from "effect/Result"
import { describe, expect, it } from "vitest"
import { checkJob } from "../../../src/core/job/definition.ts"
import { valueDocument } from "../../../src/core/source/document.ts"
import { type Problem, renderProblem } from "../../../src/core/source/problem.ts"
import { edited, edits, faultsOf, mutated, mutation, yamlish } from "../source/fuzzing.ts"
import { goodJob } from "./good-job.ts"
import { lavaJob } from "./lava-job.ts"
import { parseYaml } from "../../../src/core/source/yaml-document.ts"

/** What a person sees of a text: problems, or undefined where it is a job. */
const judge = (text: string): ReadonlyArray<Problem> | undefined => {
  const document = parseYaml(text, "fuzz")
  if (Result.isFailure(document)) return document.failure
  const job = checkJob(document.success)
  return Result.isFailure(job) ? job.failure : undefined
}

/** What is wrong with how a text is answered. */
const faults = (text: string): ReadonlyArray<string> => faultsOf(judge(text), () => text)

const runs = { numRuns: 200 }

describe("no text makes it throw or speak in riddles:", () => {
  it("random bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(faults(Buffer.from(bytes).toString("latin1"))).toEqual([])
        expect(faults(Buffer.from(bytes).toString("utf8"))).toEqual([])
      }),
      runs,
    )
  })

  it("random documents", () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 6 }), (text) => {
        expect(faults(text)).toEqual([])
      }),
      runs,
    )
  })

  it("random YAML", () => {
    fc.assert(
      fc.property(yamlish, (text) => {
        expect(faults(text)).toEqual([])
      }),
      { numRuns: 1000 },
    )
  })

  it("a job with characters changed", () => {
    const good = JSON.stringify(goodJob, null, 2)
    fc.assert(
      fc.property(edits(good.length), (changes) => {
        expect(faults(edited(good, changes))).toEqual([])
      }),
      runs,
    )
  })

  it.each([
    ["a job", goodJob],
    ["a job of LAVA's", lavaJob],
  ])("%s with values changed", (_, job) => {
    fc.assert(
      fc.property(fc.array(mutation, { minLength: 1, maxLength: 4 }), (mutations) => {
        expect(faults(JSON.stringify(mutated(job, mutations), null, 1))).toEqual([])
      }),
      { numRuns: 300 },
    )
  })
})

it("what is left of a job without the keys that have no effect is the same job", () => {
  const extra = fc.dictionary(fc.stringMatching(/^x_[a-z]{8}$/), fc.jsonValue(), { maxKeys: 3 })
  fc.assert(
    fc.property(extra, extra, extra, (ofJob, ofTimeouts, ofBoot) => {
      const [deploy, pxe, boot, ...others] = goodJob.actions
      const noisy = {
        ...goodJob,
        ...ofJob,
        timeouts: { ...goodJob.timeouts, ...ofTimeouts },
        actions: [deploy, pxe, { boot: { ...boot!.boot, ...ofBoot } }, ...others],
      }
      const plain = Result.getOrThrow(checkJob(valueDocument(goodJob, "job")))
      const read = Result.getOrThrow(checkJob(valueDocument(noisy, "job")))
      expect(read.value).toEqual(plain.value)
      expect(read.warnings.length).toBe(
        [ofJob, ofTimeouts, ofBoot].flatMap((keys) => Object.keys(keys)).length,
      )
    }),
    { numRuns: 50 },
  )
})

it("a job of LAVA's is one, whatever of it cannot be done here", () => {
  const read = checkJob(valueDocument(lavaJob, "job"))
  const problems = Result.isFailure(read) ? read.failure : []
  expect(problems.filter(({ severity }) => severity === undefined)).toEqual([])
  expect(problems.filter(({ severity }) => severity === "slip")).toEqual([])
  expect(problems.length).toBeGreaterThan(0)
})

it("any value of a program is answered", () => {
  fc.assert(
    fc.property(
      fc.anything({ withDate: true, withMap: true, withBigInt: true, withNullPrototype: true }),
      (value) => {
        const result = checkJob(valueDocument(value, "job"))
        expect(Result.isFailure(result) && result.failure.length).toBeGreaterThan(0)
      },
    ),
    runs,
  )
})

it("secrets stay secret whatever else is wrong with them", () => {
  const secret = "hunter2"
  const wrong = fc.constantFrom<unknown>([secret], { a: secret }, [[secret]], { a: { b: secret } })
  fc.assert(
    fc.property(fc.array(mutation, { maxLength: 3 }), wrong, (mutations, value) => {
      const secretly = {
        ...goodJob,
        secrets: { KEY: value },
        actions: [{ boot: { method: "pxe", auto_login: { password: value } } }],
      }
      const changed = mutated(secretly, mutations)
      expect(judge(JSON.stringify(changed))?.map(renderProblem).join("\n")).not.toContain(secret)
    }),
    runs,
  )
})
