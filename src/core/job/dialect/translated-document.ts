import type { SourceDocument } from "../../source/document.ts"
import { type Draft, type Path, standing } from "./draft.ts"

/**
 * A translated job as a document: what stands at a path of it stands, for whoever reads of a mistake, where the part
 * of the old file stands that it was made from.
 */
export const translatedDocument = ({ source, originOf }: Draft, value: object): SourceDocument => ({
  file: source.file,
  value,
  duplicates: [],
  locate: (path) => source.locate(standing(source, originAt(value, path, originOf))),
})

/** The path in the old file of what stands at a path of the new job: that of the nearest part around it. */
const originAt = (root: object, path: Path, originOf: Draft["originOf"]): Path => {
  let here: unknown = root
  let found: Path = originOf(root)?.path ?? []
  for (const step of path) {
    if (typeof here !== "object" || here === null) break
    const key = originOf(here)?.keys[String(step)]
    if (key) found = key
    here = (here as Record<PropertyKey, unknown>)[step]
    if (typeof here === "object" && here !== null) found = originOf(here)?.path ?? found
  }
  return found
}
