import type { Severity } from "./severity.ts"

/** A place in a text: both count from 1, columns in UTF-16 units as editors do. */
export interface Position {
  readonly line: number
  readonly column: number
}

/** One mistake in a file that a person wrote. */
export interface Problem {
  readonly file: string
  /** Absent where there is no text to point into: an unreadable file, a value given by a program. */
  readonly line?: number
  readonly column?: number
  /** Where it is in the document: `actions[1].deploy.to`; empty for the document itself. */
  readonly path: string
  /** What was expected and what was found, in plain words; never holds a secret's value. */
  readonly message: string
  /** Absent where LAVA would refuse the file, too. */
  readonly severity?: Severity
  /** What is wrong is that nothing stands at `path`. */
  readonly missing?: true
}

/** A problem as compilers print theirs: `job.json:11:13 actions[1].deploy.to: expected ...`. */
export const renderProblem = (problem: Problem): string =>
  problem.severity === "warning"
    ? renderPlainly({ ...problem, message: `warning: ${problem.message}` })
    : renderPlainly(problem)

/** As `renderProblem`, for a place that itself says what is a warning. */
export const renderPlainly = ({ file, line, column, path, message }: Problem): string => {
  const place = line === undefined ? file : `${file}:${line}:${column ?? 1}`
  return escapeControls(`${place}${path === "" ? "" : ` ${path}`}: ${message}`)
}

/** How many problems are worth printing: who has more than this has another kind of file. */
const printed = 50

/** Problems one a line, the first fifty of them. */
export const renderProblems = (problems: ReadonlyArray<Problem>): string => {
  const lines = problems.slice(0, printed).map(renderProblem)
  const rest = problems.length - lines.length
  return [...lines, ...(rest > 0 ? [`... and ${rest} more`] : [])].join("\n")
}

/** Problems in the order of the text. */
export const byPosition = (a: Problem, b: Problem): number =>
  (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0)

/** A path as a person writes it: `actions[1].deploy["odd key"]`; its beginning where it is very deep. */
export const formatPath = (path: ReadonlyArray<PropertyKey>): string => {
  const steps = path.slice(0, deepestPath).map((step, index) => {
    if (typeof step === "number") return `[${step}]`
    const key = String(step)
    if (!/^[\w$-]{1,60}$/.test(key)) return `[${quote(key)}]`
    return index === 0 ? key : `.${key}`
  })
  return `${steps.join("")}${path.length > deepestPath ? "..." : ""}`
}

const deepestPath = 20

/** A text in quotes on one line, cut when it is long, with nothing in it that a terminal would obey. */
export const quote = (text: string, longest = 40): string => {
  const cut = text.length > longest ? `${text.slice(0, longest)}...` : text
  return escapeControls(JSON.stringify(cut))
}

/** A text with nothing in it that a terminal would obey. */
const escapeControls = (text: string): string =>
  text.replace(
    /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  )
