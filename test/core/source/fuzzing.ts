import fc from "fast-check"
import { type Problem, renderProblem } from "../../../src/core/source/problem.ts"

/**
 * What is wrong with how a file is answered: its problems must lie inside of its text, in words of ours.
 *
 * @param problems undefined where it was accepted
 * @param textOf the text of a file that a problem points into
 */
export const faultsOf = (
  problems: ReadonlyArray<Problem> | undefined,
  textOf: (file: string) => string,
): ReadonlyArray<string> => {
  if (problems?.length === 0) return ["refused without a reason"]
  return (problems ?? []).flatMap((problem) => {
    const { file, line = 0, column = 0, message } = problem
    const text = textOf(file).split("\n")[line - 1]
    const shown = renderProblem(problem)
    const inside = text !== undefined && column >= 1 && column <= text.length + 1
    const plain =
      message !== "" && !/invalid input|\bundefined\b|\[object|\bat .*\.(ts|js):/i.test(message)
    const printable = !/[\u0000-\u001f\u007f-\u009f]/.test(shown)
    return inside && plain && printable ? [] : [shown]
  })
}

/** Replaces the node at a random place of a document by a value, or takes it away. */
const mutate = (root: unknown, { choices, value, remove }: Mutation): unknown => {
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

/** A change of a document at a place that `choices` lead to. */
export interface Mutation {
  readonly choices: ReadonlyArray<number>
  readonly value: unknown
  readonly remove: boolean
}

/** A document with changes, one after the other. */
export const mutated = (root: unknown, mutations: ReadonlyArray<Mutation>): unknown =>
  mutations.reduce(mutate, root)

/** Any change of a document. */
export const mutation: fc.Arbitrary<Mutation> = fc.record({
  choices: fc.array(fc.nat(10_000), { minLength: 1, maxLength: 8 }),
  value: fc.oneof(
    fc.jsonValue({ maxDepth: 2 }),
    fc.constantFrom("master", "pxe", "http", "(", "", -1, 0, 1.5, {}, [], [{}], null),
  ),
  remove: fc.boolean(),
})

/** Texts of the characters that mean something to YAML. */
export const yamlish = fc.string({
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
    "devices:\n",
    "plugin: ",
  ),
})

/** A change of a text: characters dropped, others put in. */
export interface Edit {
  readonly at: number
  readonly drop: number
  readonly insert: string
}

/** A few changes of a text of this length. */
export const edits = (length: number): fc.Arbitrary<ReadonlyArray<Edit>> =>
  fc.array(
    fc.record({
      at: fc.nat(length),
      drop: fc.nat(30),
      insert: fc.oneof(fc.constant(""), yamlish),
    }),
    { minLength: 1, maxLength: 3 },
  )

/** A text with changes, one after the other. */
export const edited = (text: string, changes: ReadonlyArray<Edit>): string =>
  changes.reduce(
    (changed, { at, drop, insert }) => changed.slice(0, at) + insert + changed.slice(at + drop),
    text,
  )
