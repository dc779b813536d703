import { createReadStream } from "node:fs"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { InvalidFile } from "./invalid-file.ts"
import { readJson } from "./json-tree.ts"
import { formatPath, type Problem } from "./problem.ts"
import { type Locate, locator, type Part } from "./tree.ts"

/** A file that a person wrote, read: its plain value, and where each part of it stands in the text. */
export interface SourceDocument {
  /** The name that problems carry: the path as it was given. */
  readonly file: string
  readonly value: unknown
  /** Keys that stand twice in a mapping. The value can be used: it has the last of each. */
  readonly duplicates: ReadonlyArray<Problem>
  /** The position of what stands at a path; undefined where there is nothing or no text. */
  readonly locate: Locate
}

/** The largest file read, in bytes. A parser needs seconds for each further megabyte. */
const largest = 2 * 1024 * 1024

/**
 * Reads a text as JSON or YAML: YAML 1.2's syntax with scalars as LAVA's loader takes them. The reader of YAML
 * is loaded for the first text that is not plain JSON: it takes longer to load than a small job to read.
 *
 * Fails with InvalidFile, which has every mistake of the syntax; a repeated key is left to whoever uses the
 * document.
 *
 * @param file the name to show in problems
 */
export const readText = (text: string, file: string): Effect.Effect<SourceDocument, InvalidFile> =>
  Effect.gen(function* () {
    if (text.length > largest) return yield* unusable(file, tooLarge)
    const json = readJson(text)
    if (json) return { file, value: json.value, duplicates: [], locate: locator(json, text) }
    const { parseYaml } = yield* Effect.promise(() => import("./yaml-document.ts"))
    const document = parseYaml(text, file)
    return Result.isSuccess(document) ? document.success : yield* new InvalidFile(document.failure)
  })

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
    return yield* readText(text, path)
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

const unusable = (file: string, message: string): InvalidFile =>
  new InvalidFile([{ file, path: "", message }])

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
