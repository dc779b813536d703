import { isAlias, isMap, isScalar, isSeq, type Pair, type Scalar, type YAMLMap } from "yaml"
import type { Place, Tree } from "./tree.ts"
import { resolveScalar } from "./yaml-scalar.ts"

/** A mistake found while reading, at an offset of the text. */
export interface Finding {
  readonly offset: number
  readonly path: ReadonlyArray<PropertyKey>
  readonly message: string
}

/** A parsed document as plain values. */
export interface YamlTree extends Tree {
  /** What makes the values unfit for use. */
  readonly mistakes: ReadonlyArray<Finding>
  /** Keys that stand more than once in a mapping; the last one counts, as with LAVA's loader. */
  readonly duplicates: ReadonlyArray<Duplicate>
}

/** A key that stood in its mapping before, at the offset `first`. */
export interface Duplicate extends Pick<Finding, "offset" | "path"> {
  readonly first: number
}

/** A node's value, how many values it stands for with its aliases expanded, and where it begins. */
interface Built {
  readonly value: unknown
  readonly weight: number
  readonly start: number
}

const deepest = 100
const heaviest = 1_000_000
const scalarTags = new Set(["str", "int", "float", "bool", "null"])

/**
 * Turns YAML nodes into plain values as LAVA's loader does: aliases share one value, `<<` merges
 * mappings (own keys win, then the later `<<`, then the earlier source of a list). Nesting, the expanded size of aliases and the number of
 * merged keys are limited, so that no small file grows into a large value.
 *
 * @param contents the root node of a document parsed with the failsafe schema
 * @param json whether the text is JSON (numbers such as `1e3`)
 */
export const buildTree = (contents: unknown, json: boolean): YamlTree => {
  const places = new Map<object, Map<PropertyKey, Place>>()
  const mistakes: Array<Finding> = []
  const duplicates: Array<Duplicate> = []
  const anchors = new Map<string, Built | "open">()
  const path: Array<PropertyKey> = []
  let merged = 0

  const mistake = (offset: number, message: string): Built => {
    mistakes.push({ offset, path: [...path], message })
    return { value: null, weight: 1, start: offset }
  }

  const build = (node: unknown, near: number): Built => {
    const start = offsetOf(node) ?? near
    if (path.length > deepest) return mistake(start, `more than ${deepest} levels deep`)
    if (isAlias(node)) {
      const target = anchors.get(node.source)
      if (target === undefined) {
        return mistake(start, "no anchor (&) before this alias (*) has its name")
      }
      return target === "open"
        ? mistake(start, "this alias (*) stands inside its own anchor (&)")
        : target
    }
    const anchor = isScalar(node) || isMap(node) || isSeq(node) ? node.anchor : undefined
    if (anchor !== undefined) anchors.set(anchor, "open")
    const built = isMap(node)
      ? mapping(node, start)
      : isSeq(node)
        ? list(node.items, start, node.tag)
        : isScalar(node)
          ? scalar(node, start)
          : { value: null, weight: 1, start }
    if (anchor !== undefined) anchors.set(anchor, built)
    return built
  }

  const scalar = (node: Scalar, start: number): Built => {
    const text = textOf(node)
    const tag = coreTag(node.tag)
    if (tag !== undefined && !scalarTags.has(tag)) {
      return mistake(start, "this tag (!) is not supported; a text that begins with ! needs quotes")
    }
    const plain = node.type === "PLAIN" ? tag !== "str" : tag !== undefined && tag !== "str"
    return { value: plain ? resolveScalar(text, json) : text, weight: 1, start }
  }

  const list = (items: ReadonlyArray<unknown>, start: number, tag: string | undefined): Built => {
    checkTag(tag, "seq", start)
    const value: Array<unknown> = []
    const own = new Map<PropertyKey, Place>()
    places.set(value, own)
    let weight = 1
    for (const [index, item] of items.entries()) {
      path.push(index)
      const built = build(item, start)
      path.pop()
      own.set(index, { key: offsetOf(item) ?? built.start, value: built.start })
      value.push(built.value)
      weight += built.weight
    }
    return { value, weight, start }
  }

  const mapping = (node: YAMLMap, start: number): Built => {
    checkTag(node.tag, "map", start)
    const value: Record<string, unknown> = {}
    const own = new Map<PropertyKey, Place>()
    const inherited: Array<ReadonlyArray<Built>> = []
    places.set(value, own)
    let weight = 1
    for (const pair of node.items) {
      const at = offsetOf(pair.key) ?? start
      if (isMergeKey(pair)) {
        inherited.push(mergeSources(pair, at))
        continue
      }
      const key = keyOf(pair, at)
      if (key === undefined) continue
      path.push(key)
      const first = own.get(key)?.key
      if (first !== undefined) duplicates.push({ offset: at, path: [...path], first })
      const built = build(pair.value, at)
      path.pop()
      own.set(key, { key: at, value: built.start })
      value[key] = built.value
      weight += built.weight
    }
    for (const source of inherited.toReversed().flat()) {
      if (merged > heaviest) break
      inherit(value, own, source)
      weight += source.weight
    }
    return { value, weight, start }
  }

  const keyOf = ({ key }: Pair, at: number): string | undefined => {
    if (!isScalar(key)) {
      const hint = isMap(key) ? "; a text that begins with { needs quotes" : ""
      mistake(at, `a key must be a plain text, not a mapping, list or alias${hint}`)
      return undefined
    }
    // As written: `on:` and `1:` are the keys "on" and "1".
    const name = textOf(key)
    if (name === "__proto__") {
      mistake(at, 'a key cannot be named "__proto__"')
      return undefined
    }
    return name
  }

  const mergeSources = (pair: Pair, at: number): ReadonlyArray<Built> => {
    const before = mistakes.length
    path.push("<<")
    const built = build(pair.value, at)
    path.pop()
    if (mistakes.length > before) return []
    const sources = Array.isArray(built.value)
      ? built.value.map((value) => ({ value, weight: 1, start: built.start }))
      : [built]
    if (sources.every(({ value }) => places.has(value as object) && !Array.isArray(value))) {
      return sources.map((source) => ({ ...source, weight: built.weight / sources.length }))
    }
    mistake(built.start, '"<<" merges a mapping or a list of mappings; this is neither')
    return []
  }

  const inherit = (
    value: Record<string, unknown>,
    own: Map<PropertyKey, Place>,
    source: Built,
  ): void => {
    for (const [key, inner] of Object.entries(source.value as Record<string, unknown>)) {
      merged++
      if (Object.hasOwn(value, key)) continue
      value[key] = inner
      const place = places.get(source.value as object)?.get(key)
      if (place) own.set(key, place)
    }
    if (merged > heaviest) mistake(source.start, `"<<" merges more than ${heaviest} keys`)
  }

  const checkTag = (tag: string | undefined, expected: string, start: number): void => {
    const core = coreTag(tag)
    if (core !== undefined && core !== expected) {
      mistake(start, "this tag (!) is not supported; a text that begins with ! needs quotes")
    }
  }

  const root = build(contents, 0)
  if (root.weight > heaviest) {
    mistake(root.start, `more than ${heaviest} values once its aliases (*) are expanded`)
  }
  return { value: root.value, start: root.start, places, mistakes, duplicates }
}

/** A scalar's text: the failsafe schema knows no other values. */
const textOf = ({ value }: Scalar): string => (typeof value === "string" ? value : "")

const offsetOf = (node: unknown): number | undefined =>
  isAlias(node) || isScalar(node) || isMap(node) || isSeq(node) ? node.range?.[0] : undefined

const isMergeKey = ({ key }: Pair): boolean =>
  isScalar(key) && key.type === "PLAIN" && key.value === "<<" && key.tag === undefined

/** `tag:yaml.org,2002:int` as `int`; any other tag as it is, `!` as "str", none as undefined. */
const coreTag = (tag: string | undefined): string | undefined =>
  tag === "!" ? "str" : tag?.replace(/^tag:yaml\.org,2002:/, "")
