import { createReadStream } from "node:fs"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { isNode, isScalar } from "yaml"
import { InvalidFile } from "./invalid-file.ts"
import { lineIndex } from "./line-index.ts"
import { byPosition, formatPath, type Position, type Problem } from "./problem.ts"
import { syntaxMessage } from "./syntax-message.ts"
import { parseText, type SyntaxMistake } from "./yaml-text.ts"
import { buildTree, type Finding, type Tree } from "./yaml-tree.ts"

/** Which end of an entry a position is asked for: its key, or its value. */
export type Part = "key" | "value"

/** A file that a person wrote, read: its plain value, and where each part of it stands in the text. */
export interface SourceDocument {
  /** The name that problems carry: the path as it was given. */
  readonly file: string
  readonly value: unknown
  /** Keys that stand twice in a mapping. The value can be used: it has the last of each. */
  readonly duplicates: ReadonlyArray<Problem>
  /** The position of what stands at a path; undefined where there is nothing or no text. */
  readonly locate: (path: ReadonlyArray<PropertyKey>, part?: Part) => Position | undefined
}

/** The largest file read, in bytes. A parser needs seconds for each further megabyte. */
const largest = 2 * 1024 * 1024

/** What a parser says after so many lines with mistakes follows from the first ones. */
const mostSyntaxProblems = 20

/**
 * Reads a text as JSON or YAML: YAML 1.2's syntax with scalars as LAVA's loader takes them. Every mistake
 * of the syntax is reported at once; a repeated key is left to whoever uses the document.
 *
 * @param file the name to show in problems
 */
export const parseDocument = (
  text: string,
  file: string,
): Result.Result<SourceDocument, ReadonlyArray<Problem>> => {
  if (text.length > largest) return refuse(file, tooLarge)
  const source = text.replace(/^\uFEFF/, "")
  if (source.trim() === "") return refuse(file, emptyFile)
  try {
    const { contents, mistakes } = parseText(source)
    const positionOf = lineIndex(source)
    const toProblem = ({ offset, path, message }: Finding): Problem => ({
      file,
      ...positionOf(offset),
      path: formatPath(path),
      message,
    })
    if (mistakes.length > 0) return Result.fail(syntaxProblems(mistakes, file, positionOf))
    if (isEmpty(contents)) return refuse(file, emptyFile)
    const tree = buildTree(contents, /^\s*[[{]/.test(source))
    const duplicates = tree.duplicates.map((duplicate) => {
      const first = show(positionOf(duplicate.first))
      return toProblem({ ...duplicate, message: `the same key stands at ${first} already` })
    })
    if (tree.mistakes.length > 0) {
      return Result.fail([...tree.mistakes.map(toProblem), ...duplicates].toSorted(byPosition))
    }
    return Result.succeed({
      file,
      value: tree.value,
      duplicates,
      locate: (path, part = "value") => locate(tree, positionOf, path, part),
    })
  } catch (error) {
    // The parser recurses: a text may exhaust the stack where it does not expect it.
    if (error instanceof RangeError) return refuse(file, "too deeply nested")
    throw error
  }
}

/**
 * Reads a JSON or YAML file (UTF-8, or UTF-16 with a byte order mark).
 *
 * Fails with InvalidFile where it cannot be opened, is too large, no text, or its syntax is wrong.
 */
export const readDocument = (path: string): Effect.Effect<SourceDocument, InvalidFile> =>
  Effect.gen(function* () {
    const bytes = yield* Effect.tryPromise({
      try: (signal) => readUpTo(path, largest + 1, signal),
      catch: (error) => unusable(path, `cannot be read: ${reason(error)}`),
    })
    if (bytes.length > largest) return yield* unusable(path, tooLarge)
    const text = yield* Effect.try({
      try: () => decode(bytes),
      catch: () => unusable(path, "is not a text file: it holds bytes that are not UTF-8"),
    })
    const document = parseDocument(text, path)
    return Result.isSuccess(document) ? document.success : yield* new InvalidFile(document.failure)
  })

/** A value that a program gives in place of a file: its problems have paths, but no positions. */
export const valueDocument = (value: unknown, name: string): SourceDocument => ({
  file: name,
  value,
  duplicates: [],
  locate: () => undefined,
})

/** A problem at a place of a document, for checks that no schema can make. */
export const problemAt = (
  document: SourceDocument,
  path: ReadonlyArray<PropertyKey>,
  message: string,
  part: Part = "value",
): Problem => ({
  file: document.file,
  ...document.locate(path, part),
  path: formatPath(path),
  message,
})

const tooLarge = `is larger than the ${largest / 1024 / 1024} MB that a file written by a person may have`

const emptyFile = "the file is empty"

/** Comments only, or nothing but `---`. */
const isEmpty = (contents: unknown): boolean =>
  !isNode(contents) || (isScalar(contents) && contents.type === "PLAIN" && contents.value === "")

const unusable = (file: string, message: string): InvalidFile =>
  new InvalidFile([{ file, path: "", message }])

const refuse = (file: string, message: string) =>
  Result.fail([{ file, line: 1, column: 1, path: "", message }])

const show = ({ line, column }: Position): string => `${line}:${column}`

const locate = (
  tree: Tree,
  positionOf: (offset: number) => Position,
  path: ReadonlyArray<PropertyKey>,
  part: Part,
): Position | undefined => {
  let value = tree.value
  let offset = tree.start
  for (const [index, step] of path.entries()) {
    const place =
      typeof value === "object" && value !== null ? tree.places.get(value)?.get(step) : undefined
    if (place === undefined) return undefined
    offset = index === path.length - 1 && part === "key" ? place.key : place.value
    value = (value as Record<PropertyKey, unknown>)[step]
  }
  return positionOf(offset)
}

const syntaxProblems = (
  mistakes: ReadonlyArray<SyntaxMistake>,
  file: string,
  positionOf: (offset: number) => Position,
): ReadonlyArray<Problem> => {
  // Whatever else it says of a text that exhausted it follows from that.
  const exhausted = mistakes.filter(({ code }) => code === "RESOURCE_EXHAUSTION").slice(0, 1)
  // So does the second mistake of a line from its first.
  const firstOfLine = new Map<number, Problem>()
  for (const mistake of exhausted.length > 0 ? exhausted : mistakes) {
    const at = positionOf(mistake.offset)
    const problem = { file, ...at, path: "", message: syntaxMessage(mistake) }
    if (!firstOfLine.has(at.line)) firstOfLine.set(at.line, problem)
  }
  return [...firstOfLine.values()].toSorted(byPosition).slice(0, mostSyntaxProblems)
}

/** At most `limit` bytes of a file: a pipe or a device may have no end. */
const readUpTo = async (path: string, limit: number, signal: AbortSignal): Promise<Buffer> => {
  const chunks: Array<Buffer> = []
  for await (const chunk of createReadStream(path, { end: limit - 1, signal })) {
    chunks.push(chunk as Buffer)
  }
  return Buffer.concat(chunks)
}

const decode = (bytes: Buffer): string => {
  const mark = bytes.subarray(0, 2).toString("hex")
  const encoding = mark === "fffe" ? "utf-16le" : mark === "feff" ? "utf-16be" : "utf-8"
  return new TextDecoder(encoding, { fatal: true }).decode(bytes)
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: "no such file",
  EACCES: "permission denied",
  EPERM: "permission denied",
  EISDIR: "it is a directory",
  ENOTDIR: "a part of its path is not a directory",
  ELOOP: "its symbolic links go in a circle",
  ENAMETOOLONG: "its name is too long",
  EMFILE: "too many open files",
}

const reason = (error: unknown): string => {
  const code = error instanceof Error && "code" in error ? String(error.code) : "unknown error"
  return reasons[code] ?? code
}
