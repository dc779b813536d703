import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type * as z from "zod"
import { readDocument, readText, type SourceDocument, valueDocument } from "../source/document.ts"
import { InvalidFile } from "../source/invalid-file.ts"
import { byPosition, type Problem } from "../source/problem.ts"
import { type Validated, validateWithWarnings } from "../source/validate.ts"
import type { PluginOf } from "./dialect/dialect.ts"
import type { Note } from "./dialect/draft.ts"
import { translateJob } from "./dialects.ts"
import { type JobDefinition, jobSchema } from "./v2/job.ts"
import { builtInMethods, type Methods } from "./v2/methods.ts"

export type { JobDefinition } from "./v2/job.ts"

/** A job to read: the path of a file, a text with the name that problems shall show, or a value. */
export type JobSource =
  | string
  | { readonly text: string; readonly name: string }
  | { readonly value: unknown; readonly name?: string }

/** Building a schema costs more than using it. */
const schemas = new WeakMap<Methods, z.ZodType<JobDefinition<Methods>>>()

const schemaOf = <M extends Methods>(methods: M): z.ZodType<JobDefinition<M>> => {
  const known = schemas.get(methods) ?? jobSchema<Methods>(methods)
  schemas.set(methods, known)
  return known as unknown as z.ZodType<JobDefinition<M>>
}

/**
 * Reads a job as a document: JSON or YAML, or the value that a program gives.
 *
 * Fails with InvalidFile where it cannot be read or its syntax is wrong.
 */
const jobDocument = (source: JobSource): Effect.Effect<SourceDocument, InvalidFile> => {
  if (typeof source === "string") return readDocument(source)
  if ("value" in source) return Effect.succeed(valueDocument(source.value, source.name ?? "job"))
  return readText(source.text, source.name)
}

/**
 * Checks a document as a job: its definition and what of it has no effect, or all that is wrong with it. It is a job in
 * LAVA's sense where every problem has a severity.
 */
export const checkJob = <M extends Methods = typeof builtInMethods>(
  document: SourceDocument,
  methods?: M,
): Result.Result<Validated<JobDefinition<M>>, ReadonlyArray<Problem>> =>
  validateWithWarnings(
    document,
    methods === undefined
      ? (schemaOf(builtInMethods) as unknown as z.ZodType<JobDefinition<M>>)
      : schemaOf(methods),
  )

/** A job that was read. */
export interface ReadJob<M extends Methods = typeof builtInMethods> {
  readonly definition: JobDefinition<M>
  /** Where each part of it stands. */
  readonly document: SourceDocument
  /** What of it has no effect. */
  readonly warnings: ReadonlyArray<Problem>
  /** Of a job in another format than LAVA's second: what was written otherwise, and what could not be kept. */
  readonly notes: ReadonlyArray<Note>
}

/** What is known of the lab when a job is read. */
export interface KnownLab<M extends Methods = typeof builtInMethods> {
  /** What deploy, boot and test may name, where plugins bring more than the built-in ones. */
  readonly methods?: M | undefined
  /** Tells how a device is driven: jobs of other formats are translated for it. */
  readonly pluginOf?: PluginOf | undefined
}

/**
 * Reads and checks a job, in LAVA's second format or in one that is translated to it.
 *
 * Fails with InvalidFile, which lists every mistake with its position.
 */
export const readJob = <M extends Methods = typeof builtInMethods>(
  source: JobSource,
  lab?: KnownLab<M>,
): Effect.Effect<ReadJob<M>, InvalidFile> =>
  Effect.flatMap(jobDocument(source), (document) => jobIn(document, lab))

/**
 * As `readJob`, of a document that was read already.
 *
 * Fails with InvalidFile; a template that nobody has filled in is no job.
 */
export const jobIn = <M extends Methods = typeof builtInMethods>(
  document: SourceDocument,
  { methods, pluginOf = () => undefined }: KnownLab<M> = {},
): Effect.Effect<ReadJob<M>, InvalidFile> =>
  Effect.gen(function* () {
    const translated = yield* translateJob(document, pluginOf)
    if (!translated) {
      const { value, warnings } = yield* orInvalid(checkJob(document, methods))
      return { definition: value, document, warnings, notes: [] }
    }
    const { problems, blanks, notes, document: job } = translated
    const wrong = [...problems, ...blanks].toSorted(byPosition)
    if (wrong.length > 0) return yield* new InvalidFile(wrong)
    const { value, warnings } = yield* orInvalid(checkJob(job, methods))
    return { definition: value, document: job, warnings, notes }
  })

const orInvalid = <A>(
  result: Result.Result<A, ReadonlyArray<Problem>>,
): Effect.Effect<A, InvalidFile> =>
  Result.isSuccess(result)
    ? Effect.succeed(result.success)
    : Effect.fail(new InvalidFile(result.failure))
