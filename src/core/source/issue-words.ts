import type * as z from "zod"
import { quote } from "./problem.ts"
import { nearest } from "./spelling.ts"

type Issue = z.core.$ZodIssue

const kinds: Readonly<Record<string, string>> = {
  string: "a string",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  tuple: "a list",
  object: "a mapping",
  record: "a mapping",
  null: "nothing",
}

type Primitive = z.core.util.Primitive

const literal = (value: Primitive): string =>
  typeof value === "string" ? quote(value) : value === null ? "nothing" : String(value)

const alternatives = (values: ReadonlyArray<Primitive>): string => values.map(literal).join(" | ")

/** `" (did you mean "tftp"?)"`, or nothing where no candidate is near. */
export const suggestion = (found: unknown, candidates: ReadonlyArray<Primitive>): string => {
  if (typeof found !== "string") return ""
  const words = candidates.filter((candidate) => typeof candidate === "string")
  const near = nearest(found, words).slice(0, 2)
  return near.length === 0 ? "" : ` (did you mean ${near.map((word) => quote(word)).join(" or ")}?)`
}

/** The values that an issue would have allowed, where it can name them all. */
export const allowedValues = (issue: Issue): ReadonlyArray<Primitive> => {
  if (issue.code === "invalid_value") return issue.values
  if (issue.code !== "invalid_union") return []
  if ("options" in issue && issue.options) return issue.options
  return issue.errors.flatMap((branch) => ownIssues(branch).flatMap(allowedValues))
}

/** Those of a union branch's issues that are about the value itself, not about a part of it. */
export const ownIssues = (branch: ReadonlyArray<Issue>): ReadonlyArray<Issue> =>
  branch.filter((issue) => issue.path.length === 0 && issue.code !== "unrecognized_keys")

const count = (issue: { origin: string }, number: number | bigint): string => {
  if (issue.origin === "string") return `${number} character${number === 1 ? "" : "s"}`
  return `${number} item${number === 1 ? "" : "s"}`
}

const bound = (
  issue: z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig,
  limit: number | bigint,
  words: readonly [inclusive: string, exclusive: string],
): string => {
  const kind = kinds[issue.origin === "int" ? "int" : issue.origin] ?? "a value"
  if (issue.origin === "number" || issue.origin === "int") {
    return `${kind} ${issue.inclusive === false ? words[1] : words[0]} ${limit}`
  }
  if (issue.code === "too_small" && limit === 1) return `${kind} that is not empty`
  return `${kind} ${words[0]} ${count(issue, limit)}`
}

const oneOf = (phrases: ReadonlyArray<string>): string => {
  const distinct = [...new Set(phrases)]
  const last = distinct.pop() ?? "another value"
  return distinct.length === 0 ? last : `${distinct.join(", ")} or ${last}`
}

/** What an issue of the schema expected, as a phrase that follows "expected". */
export const expectation = (issue: Issue): string => {
  switch (issue.code) {
    case "invalid_type":
      return kinds[issue.expected] ?? issue.expected
    case "invalid_value":
      return alternatives(issue.values)
    case "too_small":
      return bound(issue, issue.minimum, ["of at least", "above"])
    case "too_big":
      return bound(issue, issue.maximum, ["of at most", "below"])
    case "not_multiple_of":
      return `a multiple of ${issue.divisor}`
    case "invalid_format":
      return issue.format === "regex"
        ? `a string that matches ${issue.pattern}`
        : `a string in the format "${issue.format}"`
    case "invalid_union": {
      if ("options" in issue && issue.options) return alternatives(issue.options)
      return oneOf(issue.errors.flatMap((branch) => ownIssues(branch).map(expectation)))
    }
    case "unrecognized_keys":
    case "invalid_key":
    case "invalid_element":
    case "custom":
      return "another value"
  }
}
