import type { ErrorCode } from "yaml"
import type { SyntaxMistake } from "./yaml-text.ts"

/**
 * What is wrong with the syntax, in plain words. The parser's own sentences are not used: they repeat
 * parts of the file, which may hold secrets.
 */
const sentences: Partial<Record<ErrorCode, string>> = {
  ALIAS_PROPS: "an alias (*name) cannot have an anchor or a tag of its own",
  BAD_ALIAS: "an alias (*) or anchor (&) needs a name; a text that begins with * or & needs quotes",
  BAD_DIRECTIVE: "this % line is no YAML directive; a text that begins with % needs quotes",
  BAD_DQ_ESCAPE: 'unknown escape after \\ in a "..." string; write \\\\ for a backslash',
  BAD_INDENT: "the indentation does not fit the lines around it",
  BAD_PROP_ORDER: "anchors (&) and tags (!) must stand directly before their value",
  BAD_SCALAR_START: "a text that begins with this character needs quotes",
  BLOCK_AS_IMPLICIT_KEY: 'a second "key: value" on one line; a text with ": " in it needs quotes',
  BLOCK_IN_FLOW:
    "this cannot stand inside [...] or {...}: is a comma or a bracket missing before it?",
  KEY_OVER_1024_CHARS: "a key is longer than 1024 characters: is a quote or a colon out of place?",
  MISSING_CHAR:
    "something is missing here: a closing bracket or quote, a comma, a colon or a space",
  MULTILINE_IMPLICIT_KEY:
    "this runs on into the next line: is a comma, a colon or a quote missing?",
  MULTIPLE_ANCHORS: "a value can have one anchor (&) only",
  MULTIPLE_TAGS: "a value can have one tag (!) only",
  MULTIPLE_DOCS: "a second document begins here (---); a file holds one",
  RESOURCE_EXHAUSTION: "too deeply nested",
  TAB_AS_INDENT: "a tab cannot indent YAML; use spaces",
  UNEXPECTED_TOKEN:
    "this does not belong here: is a bracket, a comma or a quote missing before it?",
  BAD_COLLECTION_TYPE: "the tag (!) does not fit this value",
}

/** What exactly is missing, for the code that says only that something is. */
const missing: ReadonlyArray<readonly [RegExp, string]> = [
  [/end with a \}/, "the closing } is missing"],
  [/end with a \]/, "the closing ] is missing"],
  [/Missing closing/, "the closing quote is missing"],
  [/Missing , between/, "a comma is missing before this"],
  [/Missing , or : between/, "a comma or a colon is missing before this"],
  [/Missing space after :/, "a space is missing after the colon"],
  [/followed by map values/, "a key without a value: is the colon after it missing?"],
  [/Sequence item without -/, 'the "- " of this list item is missing'],
  [/Comments must be separated/, "a space is missing before the # of this comment"],
]

/** What the parser complains of, as a sentence. */
export const syntaxMessage = ({ code, message }: Omit<SyntaxMistake, "offset">): string =>
  missing.find(([pattern]) => pattern.test(message))?.[1] ??
  sentences[code] ??
  "not valid JSON or YAML"
