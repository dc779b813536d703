import * as Effect from "effect/Effect"
import type { SourceDocument } from "../source/document.ts"
import type { PluginOf, Translate, Translation } from "./dialect/dialect.ts"
import { isMapping, type Mapping } from "./rule.ts"

/** A format of jobs beside LAVA's second, which it is translated to. */
interface Dialect {
  /** As people call it. */
  readonly name: string
  /** Whether a document is of this format, right or wrong. */
  readonly recognizes: (value: Mapping) => boolean
  /** Loads its translator, when the first job of the format is read. */
  readonly load: () => Promise<Translate>
}

const dialects: ReadonlyArray<Dialect> = [
  {
    name: "LAVA v1",
    recognizes: ({ actions }) =>
      Array.isArray(actions) &&
      actions.some((each) => isMapping(each) && typeof each["command"] === "string"),
    load: async () => (await import("./v1/v1.ts")).translateV1,
  },
  {
    name: "KernelCI pull-labs",
    recognizes: ({ artifacts, tests, environment, actions }) =>
      actions === undefined &&
      isMapping(artifacts) &&
      Array.isArray(tests) &&
      isMapping(environment),
    load: async () => (await import("./pull-labs/pull-labs.ts")).translatePullLabs,
  },
]

/** A job of another format, translated. */
export interface TranslatedJob extends Translation {
  /** The name of the format. */
  readonly dialect: string
}

/**
 * Translates a document that is a job of another format; undefined where it is none. What is wrong with it, or was
 * lost, is in the answer.
 */
export const translateJob = (
  document: SourceDocument,
  pluginOf: PluginOf,
): Effect.Effect<TranslatedJob | undefined> =>
  Effect.gen(function* () {
    const dialect = dialectOf(document.value)
    if (!dialect) return undefined
    const translate = yield* Effect.promise(dialect.load)
    return { ...translate(document, pluginOf), dialect: dialect.name }
  })

const dialectOf = (value: unknown): Dialect | undefined =>
  isMapping(value) ? dialects.find(({ recognizes }) => recognizes(value)) : undefined
