import * as Result from "effect/Result"
import { isNode, isScalar } from "yaml"
import type { SourceDocument } from "./document.ts"
import { lineIndex } from "./line-index.ts"
import { byPosition, formatPath, type Position, type Problem } from "./problem.ts"
import { syntaxMessage } from "./syntax-message.ts"
import { locator } from "./tree.ts"
import { parseText, type SyntaxMistake } from "./yaml-text.ts"
import { buildTree, type Finding } from "./yaml-tree.ts"

/** What a parser says after so many lines with mistakes follows from the first ones. */
const mostSyntaxProblems = 20

/**
 * Reads a text as YAML, which JSON is too: YAML 1.2's syntax with scalars as LAVA's loader takes them. Every
 * mistake of the syntax is reported at once; a repeated key is left to whoever uses the document.
 *
 * @param file the name to show in problems
 */
export const parseYaml = (
  text: string,
  file: string,
): Result.Result<SourceDocument, ReadonlyArray<Problem>> => {
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
      locate: locator(tree, source),
    })
  } catch (error) {
    // The parser recurses: a text may exhaust the stack where it does not expect it.
    if (error instanceof RangeError) return refuse(file, "too deeply nested")
    throw error
  }
}

const emptyFile = "the file is empty"

/** Comments only, or nothing but `---`. */
const isEmpty = (contents: unknown): boolean =>
  !isNode(contents) || (isScalar(contents) && contents.type === "PLAIN" && contents.value === "")

const refuse = (file: string, message: string) =>
  Result.fail([{ file, line: 1, column: 1, path: "", message }])

const show = ({ line, column }: Position): string => `${line}:${column}`

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
