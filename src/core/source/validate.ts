import * as Result from "effect/Result"
import type * as z from "zod"
import { problemAt, type SourceDocument } from "./document.ts"
import { allowedValues, expectation, suggestion } from "./issue-words.ts"
import { byPosition, formatPath, type Problem, quote } from "./problem.ts"
import { showValue } from "./shown-value.ts"
import { knownKeys } from "./open-mapping.ts"
import { readSeverity } from "./severity.ts"
import { nearest } from "./spelling.ts"
import { meantBranch } from "./union-branch.ts"

type Issue = z.core.$ZodIssue
type Path = ReadonlyArray<PropertyKey>

/** A value that was read, and what its author should know of it. */
export interface Validated<T> {
  readonly value: T
  readonly warnings: ReadonlyArray<Problem>
}

/** A problem, and where in the document what it is about stands. */
interface Finding {
  readonly path: Path
  readonly problem: Problem
}

/**
 * Checks a document by a schema: its value as the schema makes it, or every mistake, in the order of the
 * text, each with its position. Keys that stand twice are mistakes. A message set in the schema is used as
 * it is; where it begins with "expected", what was found is added.
 */
export const validate = <T>(
  document: SourceDocument,
  schema: z.ZodType<T>,
): Result.Result<T, ReadonlyArray<Problem>> => {
  const { duplicates } = document
  const read = validateWithWarnings({ ...document, duplicates: [] }, schema)
  if (Result.isSuccess(read) && duplicates.length === 0) return Result.succeed(read.success.value)
  const problems = Result.isFailure(read) ? read.failure : []
  return Result.fail([...duplicates, ...problems].toSorted(byPosition))
}

/**
 * As `validate`, with the warnings: what they are about is left out of the value. Of a key that stands twice the last
 * counts, with a warning.
 */
export const validateWithWarnings = <T>(
  document: SourceDocument,
  schema: z.ZodType<T>,
): Result.Result<Validated<T>, ReadonlyArray<Problem>> => {
  const warnings = document.duplicates.map((twice): Problem => ({
    ...twice,
    message: `${twice.message}; this one counts`,
    severity: "warning",
  }))
  let { value } = document
  while (true) {
    const parsed = parse(value, schema)
    const findings = Result.isSuccess(parsed)
      ? []
      : parsed.failure.flatMap((issue) => describe(issue, [], document))
    const taken = findings.filter(
      ({ path, problem }) => problem.severity === "warning" && typeof path.at(-1) === "string",
    )
    warnings.push(...taken.map(({ problem }) => problem))
    // What is left is read afresh without them: zod answers no value beside an issue.
    if (taken.length > 0) {
      value = taken.reduce((rest, { path }) => without(rest, path), value)
      continue
    }
    const told = withoutRepeats(warnings).toSorted(byPosition)
    if (Result.isSuccess(parsed)) {
      return Result.succeed({ value: parsed.success, warnings: told })
    }
    const problems = [...findings.map(({ problem }) => problem), ...told]
    return Result.fail(withoutRepeats(problems).toSorted(byPosition))
  }
}

/** A value without what stands at a path: a key of a mapping. */
const without = (value: unknown, [step, ...rest]: Path): unknown => {
  if (Array.isArray(value)) {
    return value.map((each: unknown, index) => (index === step ? without(each, rest) : each))
  }
  if (step === undefined || typeof value !== "object" || value === null) return value
  const { [step]: at, ...others } = value as Readonly<Record<PropertyKey, unknown>>
  return rest.length === 0 ? others : { ...value, [step]: without(at, rest) }
}

const parse = <T>(value: unknown, schema: z.ZodType<T>): Result.Result<T, ReadonlyArray<Issue>> => {
  try {
    const parsed = schema.safeParse(value, { error: ownMessage, jitless: true })
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

/** A mapping with more unknown keys than this is something else. */
const mostUnknownKeys = 100

/** An issue as problems: one an unknown key, those of the branch that was meant for a union. */
const describe = (issue: Issue, prefix: Path, document: SourceDocument): ReadonlyArray<Finding> => {
  const path = [...prefix, ...issue.path]
  const { severity, words } = readSeverity(issue.message)
  const finding = (problem: Problem, at: Path = path): Finding => ({
    path: at,
    problem: { ...problem, ...(severity && { severity }) },
  })
  if (issue.code === "unrecognized_keys") {
    const known = words.split("\n").filter((key) => key !== "")
    return issue.keys.slice(0, mostUnknownKeys).map((key) => {
      const at = [...path, key]
      const { message, isMisspelt } = unknownKey(key, known)
      const problem = problemAt(document, at, message, "key")
      // Whoever wrote a word that is nearly one of these wants its effect.
      const isMeant = isMisspelt || issue.keys.length > mostUnknownKeys
      return severity === "warning" && isMeant
        ? { path: at, problem: { ...problem, severity: "slip" } }
        : finding(problem, at)
    })
  }
  if (issue.code === "invalid_key") {
    const key = issue.path.at(-1)
    return issue.issues.map((inner) => {
      const { severity: ofKey, words: own } = readSeverity(inner.message)
      const message = `the key ${phrase(inner, own, key, path)}`
      return {
        path,
        problem: {
          ...problemAt(document, path, message, "key"),
          ...(ofKey && { severity: ofKey }),
        },
      }
    })
  }
  if (issue.code === "invalid_union") {
    const branch = meantBranch(issue)
    if (branch) return branch.flatMap((inner) => describe(inner, path, document))
  }
  const { found, holder } = lookUp(document.value, path)
  if (found === undefined && holder.length < path.length && issue.code !== "custom") {
    // It stands nowhere: the mapping that lacks it does.
    const message = words || `expected ${expectation(issue)}`
    const told = message.startsWith("expected ") ? `missing; ${message}` : message
    return [
      finding({ ...problemAt(document, holder, told), path: formatPath(path), missing: true }),
    ]
  }
  return [finding(problemAt(document, path, phrase(issue, words, found, path)))]
}

const phrase = (issue: Issue, words: string, found: unknown, path: Path): string => {
  const message = words || `expected ${expectation(issue)}`
  if (!message.startsWith("expected ")) return message
  return `${message}, found ${showValue(found, path)}${suggestion(found, allowedValues(issue))}`
}

const unknownKey = (
  key: string,
  known: ReadonlyArray<string>,
): { readonly message: string; readonly isMisspelt: boolean } => {
  const near = nearest(key, known).slice(0, 2)
  if (near.length > 0) {
    const meant = near.map((each) => quote(each)).join(" or ")
    return { message: `unknown key (did you mean ${meant}?)`, isMisspelt: true }
  }
  const message =
    known.length === 0 ? "unknown key" : `unknown key; known here: ${known.join(", ")}`
  return { message, isMisspelt: false }
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
