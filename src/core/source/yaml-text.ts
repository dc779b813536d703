import { Composer, type ErrorCode, Lexer, Parser } from "yaml"

/** What the parser says is wrong, at an offset of the text. */
export interface SyntaxMistake {
  readonly code: ErrorCode
  /** The parser's own sentence. It may repeat parts of the text: not for showing. */
  readonly message: string
  readonly offset: number
}

/** A parsed text: the root node of its document, and its mistakes. */
export interface ParsedText {
  readonly contents: unknown
  readonly mistakes: ReadonlyArray<SyntaxMistake>
}

/** Scalars stay texts, repeated and merge keys stay entries: the tree is built elsewhere. */
const options = {
  schema: "failsafe",
  merge: false,
  uniqueKeys: false,
  prettyErrors: false,
} as const

/**
 * Parses JSON or YAML. YAML wants the further lines of a quoted string to be indented, LAVA's loader does
 * not, and published tests have such strings: where a quote seems to be unclosed, the text is parsed once
 * more without that rule, which counts if it finds no mistake at all.
 */
export const parseText = (source: string): ParsedText => {
  const strict = parse(source, new Lexer())
  if (!strict.mistakes.some(({ message }) => message.startsWith("Missing closing"))) return strict
  const lenient = parse(source, lenientLexer())
  return lenient.mistakes.length === 0 ? lenient : strict
}

const parse = (source: string, lexer: Lexer): ParsedText => {
  const composer = new Composer(options)
  const [first, second] = [...composer.compose(tokens(source, lexer), true, source.length)]
  const mistakes = (first?.errors ?? []).map(({ code, message, pos }) => ({
    code,
    message,
    offset: pos[0],
  }))
  if (second) mistakes.push({ code: "MULTIPLE_DOCS", message: "", offset: second.range[0] })
  return { contents: first?.contents, mistakes }
}

function* tokens(source: string, lexer: Lexer) {
  const parser = new Parser()
  for (const lexeme of lexer.lex(source)) yield* parser.next(lexeme)
  yield* parser.end()
}

/** The parts of the lexer that are private to the library, which is therefore pinned. */
interface LexerInternals {
  /** The least indentation that continues the current block. */
  indentNext: number
  parseQuotedScalar(): Generator<string, unknown>
}

const lenientLexer = (): Lexer => {
  const lexer = new Lexer()
  const internals = lexer as unknown as LexerInternals
  const strict = internals.parseQuotedScalar.bind(lexer)
  internals.parseQuotedScalar = function* () {
    const { indentNext } = internals
    internals.indentNext = 0
    const next = yield* strict()
    internals.indentNext = indentNext
    return next
  }
  return lexer
}
