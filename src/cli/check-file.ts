import { basename, dirname, extname } from "node:path"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { jobIn } from "../core/job/definition.ts"
import { isMapping } from "../core/job/rule.ts"
import { problemAt, readDocument, type SourceDocument } from "../core/source/document.ts"
import { InvalidFile } from "../core/source/invalid-file.ts"
import { byPosition, type Problem } from "../core/source/problem.ts"
import { checkDefinition } from "../core/testshell/read-definition.ts"
import { pluginIn } from "../core/lab/choose-device.ts"
import { unavailableMethod } from "../core/lab/unavailable-method.ts"
import type { PrepareOptions } from "../prepare-job.ts"
import { missingPrograms } from "../core/host-program.ts"
import { type DispatchError, InfrastructureError } from "../core/pipeline/errors.ts"
import { programsOf } from "../core/pipeline/plan.ts"

/** What a file can be. */
export type FileKind = "job" | "lab" | "device type" | "device dictionary" | "test definition"

/** A file, all that is wrong with it and what its author should know. */
export interface CheckedFile {
  readonly file: string
  /** Undefined where it could not be told. */
  readonly kind: FileKind | undefined
  readonly problems: ReadonlyArray<Problem>
}

/** The keys that tell what a file is, the surest first. */
const signs: ReadonlyArray<readonly [key: string, kind: FileKind]> = [
  ["actions", "job"],
  ["devices", "lab"],
  ["job_name", "job"],
  ["artifacts", "job"],
  ["run", "test definition"],
  ["plugin", "device type"],
  ["extends", "device type"],
  ["parameters", "device type"],
  ["dispatcher", "lab"],
]

/**
 * Checks a file as what its keys tell that it is.
 *
 * @param where a lab that must have a device for each job; its plugins are known, too
 */
export const checkFile = (
  file: string,
  where: PrepareOptions | undefined,
): Effect.Effect<CheckedFile> =>
  Effect.gen(function* () {
    const read = yield* Effect.result(readDocument(file))
    if (Result.isFailure(read))
      return { file, kind: undefined, problems: problemsOf(file, read.failure) }
    const document = read.success
    const kind = kindOf(document)
    if (kind === undefined) {
      const message = `expected a job, which has "actions", a lab file, which has "devices", a device type, which has "plugin" or "extends", a device dictionary of LAVA's, which has "constants" and "actions", or a test definition, which has "run"`
      return { file, kind, problems: [problemAt(document, [], message)] }
    }
    const checked = yield* Effect.result(check[kind](document, where))
    const problems = Result.isFailure(checked) ? problemsOf(file, checked.failure) : checked.success
    return { file, kind, problems }
  })

const kindOf = ({ value }: SourceDocument): FileKind | undefined => {
  if (!isMapping(value)) return undefined
  // A job's actions are a list.
  if (isMapping(value["actions"])) return "device dictionary"
  return signs.find(([key]) => key in value)?.[1]
}

type Check = (
  document: SourceDocument,
  where: PrepareOptions | undefined,
) => Effect.Effect<ReadonlyArray<Problem>, DispatchError>

const check: Readonly<Record<FileKind, Check>> = {
  job: (document, where) =>
    Effect.gen(function* () {
      if (!where) return yield* withoutLab(document)
      const { lab } = where
      const job = yield* jobIn(document, { methods: lab.methods, pluginOf: pluginIn(lab) })
      const { directoryOf, prepareRead } = yield* Effect.promise(() => import("../prepare-job.ts"))
      const { nodes } = yield* prepareRead(job, directoryOf(document.file), where)
      const missing = missingPrograms(nodes.flatMap(({ plan }) => programsOf(plan)))
      if (missing.length > 0) return yield* new InfrastructureError({ message: missing.join("; ") })
      return job.warnings
    }),
  lab: ({ file }) =>
    Effect.promise(() => import("../index.ts")).pipe(
      Effect.flatMap(({ loadLabEffect }) => loadLabEffect(file)),
      Effect.as([]),
    ),
  "device dictionary": ({ file }) =>
    Effect.promise(() => import("../core/lab/read-dictionary.ts")).pipe(
      Effect.flatMap(({ readDictionary }) => readDictionary(file, file)),
      Effect.as([]),
    ),
  "device type": ({ file }, where) =>
    Effect.gen(function* () {
      const { loadDeviceType, ownDeviceTypes } = yield* Effect.promise(
        () => import("../core/lab/device-type.ts"),
      )
      const name = basename(file, extname(file))
      const type = yield* loadDeviceType(name, [dirname(file), ownDeviceTypes])
      if (!type) return []
      const { parameterProblems } = yield* Effect.promise(() => import("../core/lab/parameters.ts"))
      const { builtInPlugins } = yield* Effect.promise(() => import("../index.ts"))
      const plugins = where?.lab.plugins ?? new Map(builtInPlugins.map((each) => [each.name, each]))
      const problems = parameterProblems(type, plugins)
      if (problems.length > 0) return yield* new InvalidFile(problems)
      return []
    }),
  "test definition": (document) => Effect.as(checkDefinition(document), []),
}

/** What a job is by itself: that it cannot be done here is its author's to know, where no lab is asked. */
const withoutLab = (
  document: SourceDocument,
): Effect.Effect<ReadonlyArray<Problem>, DispatchError> =>
  Effect.gen(function* () {
    const job = yield* Effect.result(jobIn(document))
    if (Result.isFailure(job)) {
      const problems = job.failure.problems.map((problem) =>
        problem.severity === "unsupported" ? asWarning(problem) : problem,
      )
      return problems.every(({ severity }) => severity === "warning")
        ? problems
        : yield* new InvalidFile(problems)
    }
    const { builtInPlugins } = yield* Effect.promise(() => import("../index.ts"))
    const unavailable = job.success.definition.actions.flatMap((action, index) => {
      const what = unavailableMethod(action, builtInPlugins)
      return what
        ? problemAt(job.success.document, ["actions", index, ...what.path], what.message)
        : []
    })
    return [...job.success.warnings, ...unavailable.map(asWarning)].toSorted(byPosition)
  })

const asWarning = (problem: Problem): Problem => ({ ...problem, severity: "warning" })

/** A device that cannot do what the job asks has no place in the job's text. */
const problemsOf = (file: string, error: DispatchError): ReadonlyArray<Problem> =>
  error instanceof InvalidFile ? error.problems : [{ file, path: "", message: error.message }]
