import { ConfigurationError } from "../pipeline/errors.ts"
import { type Problem, renderProblems } from "./problem.ts"

/** A file that cannot be used: a ConfigurationError that knows every mistake and where it is. */
export class InvalidFile extends ConfigurationError {
  readonly problems: ReadonlyArray<Problem>

  constructor(problems: ReadonlyArray<Problem>) {
    super({ message: renderProblems(problems) })
    this.problems = problems
  }
}
