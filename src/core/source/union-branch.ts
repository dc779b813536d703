import type * as z from "zod"
import { ownIssues } from "./issue-words.ts"
import { readSeverity } from "./severity.ts"

type Issue = z.core.$ZodIssue

/**
 * How far a branch is from what was written. A key that names the kind (`to`, `from`, `method`) and says
 * another outweighs all; keys too many or missing outweigh whatever is wrong inside of those that fit.
 */
const distance = (branch: ReadonlyArray<Issue>): number =>
  branch
    .map((issue) => {
      if (issue.code === "unrecognized_keys")
        return issue.path.length === 0 ? 10 * issue.keys.length : 1
      if (issue.path.length > 1) return 1
      return issue.code === "invalid_value" ? 100 : 10
    })
    .reduce((sum, each) => sum + each, 0)

/** Whether a value is refused for an issue, by every branch where it is of a union. */
const refuses = (issue: Issue): boolean =>
  readSeverity(issue.message).severity === undefined &&
  (issue.code !== "invalid_union" || issue.errors.every((branch) => branch.some(refuses)))

/**
 * The branch of a union that a person meant: one that does not refuse the value, else of those that take this kind of
 * value (mapping, list, string), the one nearest to what was written; undefined where none takes it.
 */
export const meantBranch = (
  issue: z.core.$ZodIssueInvalidUnion,
): ReadonlyArray<Issue> | undefined => {
  const taking = issue.errors.filter((branch) => !branch.some(refuses))
  const fitting = issue.errors.filter((branch) => ownIssues(branch).length === 0)
  return (taking.length > 0 ? taking : fitting).toSorted((a, b) => distance(a) - distance(b))[0]
}
