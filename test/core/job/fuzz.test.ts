import fc from "fast-check"
import * as Result from "effect/Result"
import { describe, expect, it } from "vitest"
import { checkJob } from "../../../src/core/job/definition.ts"
import { valueDocument } from "../../../src/core/source/document.ts"
import { type Problem, renderProblem } from "../../../src/core/source/problem.ts"
import { goodJob } from "./good-job.ts"
import { parseYaml } from "../../../src/core/source/yaml-document.ts"

/** What a person sees of a text: problems, or undefined where it is a job. */
const judge = (text: string): ReadonlyArray<Problem> | undefined => {
  const document = parseYaml(text, "fuzz")
  if (Result.isFailure(document)) return document.failure
  const job = checkJob(document.success)
  return Result.isFailure(job) ? job.failure : undefined
}

/** What is wrong with how a text is answered: its problems must lie inside of it, in words of ours. */
const faults = (text: string): ReadonlyArray<string> => {
  const problems = judge(text)
  if (problems?.length === 0) return ["refused without a reason"]
  const lines = text.split("\n")
  return (problems ?? []).flatMap((problem) => {
    const { line = 0, column = 0, message } = problem
    const shown = renderProblem(problem)
    const inside = column >= 1 && column <= (lines[line - 1] ?? "").length + 1
    const plain =
      message !== "" && !/invalid input|\bundefined\b|\[object|\bat .*\.(ts|js):/i.test(message)
    const printable = !/[\u0000-\u001f\u007f-\u009f]/.test(shown)
    return lines[line - 1] !== undefined && inside && plain && printable ? [] : [shown]
  })
}

/** Replaces the node at a random place of a document by a value, or takes it away. */
const mutate = (
  root: unknown,
  choices: ReadonlyArray<number>,
  value: unknown,
  remove: boolean,
): unknown => {
  const copy = structuredClone(root) as Record<string, unknown>
  let holder = copy
  for (const choice of choices) {
    const keys = Object.keys(holder)
    const key = keys[choice % Math.max(keys.length, 1)]
    if (key === undefined) break
    const next = holder[key]
    const leaf = typeof next !== "object" || next === null || choice % 5 === 0
    if (!leaf) {
      holder = next as Record<string, unknown>
      continue
    }
    if (remove) delete holder[key]
    else holder[key] = value
    break
  }
  return copy
}

const mutation = fc.record({
  choices: fc.array(fc.nat(10_000), { minLength: 1, maxLength: 8 }),
  value: fc.oneof(
    fc.jsonValue({ maxDepth: 2 }),
    fc.constantFrom("master", "pxe", "http", "", -1, 0, 1.5, {}, [], [{}], null),
  ),
  remove: fc.boolean(),
})

const yamlish = fc.string({
  maxLength: 60,
  unit: fc.constantFrom(
    ..."{}[]:,-?&*!|>'\"%@`#<= \n\t\r~ab1\u0000\u0085\u2028\ufeff\ud800é".split(""),
    "\n  ",
    "- ",
    ": ",
    "<<: ",
    "*a",
    "&a ",
    "---\n",
    "...\n",
    "!!str ",
    "__proto__",
    "job_name: ",
    "actions:\n",
  ),
})

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
    const edit = fc.record({
      at: fc.nat(good.length),
      drop: fc.nat(30),
      insert: fc.oneof(fc.constant(""), yamlish),
    })
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 3 }), (edits) => {
        const changed = edits.reduce(
          (text, { at, drop, insert }) => text.slice(0, at) + insert + text.slice(at + drop),
          good,
        )
        expect(faults(changed)).toEqual([])
      }),
      runs,
    )
  })

  it("a job with values changed", () => {
    fc.assert(
      fc.property(fc.array(mutation, { minLength: 1, maxLength: 4 }), (mutations) => {
        const changed = mutations.reduce<unknown>(
          (job, { choices, value, remove }) => mutate(job, choices, value, remove),
          goodJob,
        )
        expect(faults(JSON.stringify(changed, null, 1))).toEqual([])
      }),
      { numRuns: 300 },
    )
  })
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
      const changed = mutations.reduce<unknown>(
        (job, { choices, value: other, remove }) => mutate(job, choices, other, remove),
        {
          ...goodJob,
          secrets: { KEY: value },
          actions: [{ boot: { method: "pxe", auto_login: { password: value } } }],
        },
      )
      expect(judge(JSON.stringify(changed))?.map(renderProblem).join("\n")).not.toContain(secret)
    }),
    runs,
  )
})
