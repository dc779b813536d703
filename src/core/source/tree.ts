import { lineIndex } from "./line-index.ts"
import type { Position } from "./problem.ts"

/** Where an entry of a mapping or list stands: offsets of its key and of its value in the text. */
export interface Place {
  readonly key: number
  readonly value: number
}

/** The places of the entries of every mapping and list, by the value itself: aliases share theirs. */
export type Places = ReadonlyMap<object, ReadonlyMap<PropertyKey, Place>>

/** A text as plain values, and the offset of each in it. */
export interface Tree {
  readonly value: unknown
  readonly start: number
  readonly places: Places
}

/** Which end of an entry a position is asked for: its key, or its value. */
export type Part = "key" | "value"

/** Tells the position in the text of what stands at a path; undefined where there is nothing. */
export type Locate = (path: ReadonlyArray<PropertyKey>, part?: Part) => Position | undefined

/** Finds what a tree holds in the text that it was read from. */
export const locator = (tree: Tree, text: string): Locate => {
  let positionOf: ((offset: number) => Position) | undefined
  return (path, part = "value") => {
    let value = tree.value
    let offset = tree.start
    for (const [index, step] of path.entries()) {
      const place =
        typeof value === "object" && value !== null ? tree.places.get(value)?.get(step) : undefined
      if (place === undefined) return undefined
      offset = index === path.length - 1 && part === "key" ? place.key : place.value
      value = (value as Record<PropertyKey, unknown>)[step]
    }
    positionOf ??= lineIndex(text)
    return positionOf(offset)
  }
}
