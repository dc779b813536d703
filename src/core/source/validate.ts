import * as Result from "effect/Result"
import * as z from "zod"
import { problemAt, type SourceDocument } from "./document.ts"
import { allowedValues, expectation, suggestion } from "./issue-words.ts"
import { byPosition, formatPath, type Problem, quote } from "./problem.ts"
import { showValue } from "./shown-value.ts"
import { nearest } from "./spelling.ts"
import { meantBranch } from "./union-branch.ts"

type Issue = z.core.$ZodIssue
type Path = ReadonlyArray<PropertyKey>

/**
 * Checks a document by a schema: its value as the schema makes it, or every mistake, in the order of the
 * text, each with its position. Keys that stand twice are mistakes. A message set in the schema is used as
 * it is; where it begins with "expected", what was found is added.
 */
export const validate = <T>(
  document: SourceDocument,
  schema: z.ZodType<T>,
): Result.Result<T, ReadonlyArray<Problem>> => {
  const parsed = parse(document, schema)
  if (Result.isSuccess(parsed) && document.duplicates.length === 0) {
    return Result.succeed(parsed.success)
  }
  const issues = Result.isSuccess(parsed) ? [] : parsed.failure
  const problems = issues.flatMap((issue) => describe(issue, [], document))
  return Result.fail(withoutRepeats([...document.duplicates, ...problems]).toSorted(byPosition))
}

const parse = <T>(
  document: SourceDocument,
  schema: z.ZodType<T>,
): Result.Result<T, ReadonlyArray<Issue>> => {
  try {
    const parsed = schema.safeParse(document.value, { error: ownMessage, jitless: true })
    return parsed.success ? Result.succeed(parsed.data) : Result.fail(parsed.error.issues)
  } catch (error) {
    // zod passes its issues as arguments of a call: some hundred thousand exhaust the stack.
    if (!(error instanceof RangeError)) throw error
    const message = "has more mistakes than can be listed: is it a file of another kind?"
    return Result.fail([{ code: "custom", path: [], message }])
  }
}

/**
 * What zod takes as the message of an issue: nothing, so that `describe` tells it from a message set in
 * the schema. For unknown keys it is the only way to learn which keys the schema knows.
 */
const ownMessage: z.core.$ZodErrorMap = (issue) =>
  issue.code === "unrecognized_keys" ? knownKeys(issue.inst).join("\n") : ""

const knownKeys = (schema: unknown): ReadonlyArray<string> => {
  if (schema instanceof z.ZodObject) {
    return Object.entries(schema.shape)
      .filter(([, value]) => !isRefused(value))
      .map(([key]) => key)
  }
  return schema instanceof z.ZodRecord ? [...(schema.keyType._zod.values ?? [])].map(String) : []
}

/** Keys that a schema has only to refuse them in plain words are no suggestion. */
const isRefused = (schema: unknown): boolean =>
  schema instanceof z.ZodNever || (schema instanceof z.ZodOptional && isRefused(schema.unwrap()))

/** A mapping with more unknown keys than this is something else. */
const mostUnknownKeys = 100

/** An issue as problems: one an unknown key, those of the branch that was meant for a union. */
const describe = (issue: Issue, prefix: Path, document: SourceDocument): ReadonlyArray<Problem> => {
  const path = [...prefix, ...issue.path]
  if (issue.code === "unrecognized_keys") {
    const known = issue.message.split("\n").filter((key) => key !== "")
    return issue.keys
      .slice(0, mostUnknownKeys)
      .map((key) => problemAt(document, [...path, key], unknownKey(key, known), "key"))
  }
  if (issue.code === "invalid_key") {
    const key = issue.path.at(-1)
    return issue.issues.map((inner) =>
      problemAt(document, path, `the key ${phrase(inner, key, path)}`, "key"),
    )
  }
  if (issue.code === "invalid_union") {
    const branch = meantBranch(issue)
    if (branch) return branch.flatMap((inner) => describe(inner, path, document))
  }
  const { found, holder } = lookUp(document.value, path)
  if (found === undefined && holder.length < path.length && issue.code !== "custom") {
    // It stands nowhere: the mapping that lacks it does.
    const message = issue.message || `expected ${expectation(issue)}`
    const words = message.startsWith("expected ") ? `missing; ${message}` : message
    return [{ ...problemAt(document, holder, words), path: formatPath(path), missing: true }]
  }
  return [problemAt(document, path, phrase(issue, found, path))]
}

const phrase = (issue: Issue, found: unknown, path: Path): string => {
  const message = issue.message || `expected ${expectation(issue)}`
  if (!message.startsWith("expected ")) return message
  return `${message}, found ${showValue(found, path)}${suggestion(found, allowedValues(issue))}`
}

const unknownKey = (key: string, known: ReadonlyArray<string>): string => {
  const near = nearest(key, known).slice(0, 2)
  if (near.length > 0) {
    return `unknown key (did you mean ${near.map((each) => quote(each)).join(" or ")}?)`
  }
  return known.length === 0 ? "unknown key" : `unknown key; known here: ${known.join(", ")}`
}

/** The value at a path, and the longest part of the path that stands in the document. */
const lookUp = (root: unknown, path: Path): { readonly found: unknown; readonly holder: Path } => {
  let found = root
  for (const [index, step] of path.entries()) {
    if (typeof found !== "object" || found === null || !Object.hasOwn(found, step)) {
      return { found: undefined, holder: path.slice(0, index) }
    }
    found = (found as Record<PropertyKey, unknown>)[step]
  }
  return { found, holder: path }
}

/** An anchor's value is checked wherever an alias puts it: what is wrong with it is said once. */
const withoutRepeats = (problems: ReadonlyArray<Problem>): Array<Problem> => {
  const seen = new Set<string>()
  return problems.filter(({ line, column, path, message }) => {
    const identity = `${line ?? path}:${column ?? ""}:${message}`
    return !seen.has(identity) && seen.add(identity)
  })
}
