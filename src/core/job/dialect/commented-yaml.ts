import { Document, isNode } from "yaml"
import type { Translation } from "./dialect.ts"
import type { Note, Path } from "./draft.ts"

/**
 * A translated job as YAML for people: each note stands as a comment at what became of its place, the notes of what
 * became of nothing at the top.
 *
 * @param title the first lines of comment
 */
export const commentedYaml = (
  { document, notes, originOf }: Pick<Translation, "document" | "notes" | "originOf">,
  title: ReadonlyArray<string>,
): string => {
  const parts = partsOf(document.value, originOf)
  const comments = new Map<string, Array<Note>>()
  const top: Array<Note> = []
  for (const note of notes) {
    const part = nearest(note.at, parts)
    if (!part) {
      top.push(note)
      continue
    }
    const key = JSON.stringify(part.path)
    comments.set(key, [...(comments.get(key) ?? []), note])
  }
  const yaml = new Document(document.value, { aliasDuplicateObjects: false })
  yaml.commentBefore = [...title, ...top.map(line)].join("\n")
  for (const [key, notes] of comments) comment(yaml, JSON.parse(key) as Path, notes)
  return yaml.toString({ lineWidth: 0 })
}

/** A mapping or list of the new job, and where it comes from. */
interface Part {
  readonly path: Path
  readonly origin: Path
}

const partsOf = (
  value: unknown,
  originOf: Translation["originOf"],
  path: Path = [],
): ReadonlyArray<Part> => {
  if (typeof value !== "object" || value === null) return []
  const origin = originOf(value)
  return [
    ...(origin && origin.length > 0 ? [{ path, origin }] : []),
    ...Object.entries(value).flatMap(([key, item]) =>
      partsOf(item, originOf, [...path, Array.isArray(value) ? Number(key) : key]),
    ),
  ]
}

/** The first part that comes from a place, or from what is nearest around it. */
const nearest = (at: Path, parts: ReadonlyArray<Part>): Part | undefined => {
  let found: Part | undefined
  for (const part of parts) {
    const holds = part.origin.every((step, index) => step === at[index])
    if (holds && part.origin.length > (found?.origin.length ?? 0)) found = part
  }
  return found
}

/** Puts notes before the entry of a mapping or list; those of a list's entry before all that it holds. */
const comment = (yaml: Document, path: Path, notes: ReadonlyArray<Note>): void => {
  const node = yaml.getIn(path, true)
  if (isNode(node)) node.commentBefore = notes.map(line).join("\n")
}

const line = ({ line, column, path, message }: Note): string =>
  ` ${line === undefined ? "" : `${line}:${column ?? 1} `}${path === "" ? "" : `${path}: `}${message}`
