import { problemAt, type SourceDocument } from "../../source/document.ts"
import { formatPath, type Problem } from "../../source/problem.ts"

/** Where something stands in a document: `["actions", 0, "parameters", "kernel"]`. */
export type Path = ReadonlyArray<PropertyKey>

/** What a translation says of the job that it was made from, at a place of it. */
export interface Note extends Problem {
  /** "changed": it means the same, written otherwise. "lost": it cannot be kept. */
  readonly kind: "changed" | "lost"
  /** Its place in the old document. */
  readonly at: Path
}

/** Where a mapping or list of a translated job comes from, and those of its entries that come from elsewhere. */
interface Origin {
  readonly path: Path
  readonly keys: Readonly<Record<string, Path>>
}

/** A job that is being translated: what is found on the way, and where each part of it comes from. */
export interface Draft {
  readonly source: SourceDocument
  /** Says that a mapping or list of the translated job comes from this path, and some of its entries from others. */
  readonly from: <T extends object>(
    path: Path,
    value: T,
    keys?: Readonly<Record<string, Path>>,
  ) => T
  /** Something is written otherwise in the translated job, and means the same. */
  readonly changed: (path: Path, message: string) => void
  /** Something cannot be kept. */
  readonly lost: (path: Path, message: string) => void
  /** Something was found wrong before, and means what it meant to the old format. */
  readonly passed: (problem: Problem) => void
  /** Something makes the job one that cannot be translated. */
  readonly wrong: (path: Path, message: string) => void
  readonly notes: ReadonlyArray<Note>
  readonly problems: ReadonlyArray<Problem>
  readonly originOf: (value: object) => Origin | undefined
}

/** Begins the translation of a document. */
export const makeDraft = (source: SourceDocument): Draft => {
  const notes: Array<Note> = []
  const problems: Array<Problem> = []
  const origins = new WeakMap<object, Origin>()
  const note = (kind: Note["kind"]) => (path: Path, message: string) => {
    notes.push({ ...foundAt(source, path, message), kind, at: path })
  }
  return {
    source,
    from: (path, value, keys = {}) => {
      origins.set(value, { path, keys })
      return value
    },
    changed: note("changed"),
    lost: note("lost"),
    passed: (problem) => notes.push({ ...problem, kind: "changed", at: [] }),
    wrong: (path, message) => problems.push(foundAt(source, path, message)),
    notes,
    problems,
    originOf: (value) => origins.get(value),
  }
}

/** The longest part of a path that something stands at: what is missing is missing there. */
export const standing = (source: SourceDocument, path: Path): Path =>
  path.length === 0 || source.locate(path) ? path : standing(source, path.slice(0, -1))

const foundAt = (source: SourceDocument, path: Path, message: string): Problem => ({
  ...problemAt(source, standing(source, path), message),
  path: formatPath(path),
})
