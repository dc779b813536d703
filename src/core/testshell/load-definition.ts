import { copyFile, mkdir, readFile, realpath, rm, stat, writeFile } from "node:fs/promises"
import { basename, dirname, join, sep } from "node:path"
import * as Effect from "effect/Effect"
import { readText } from "../source/document.ts"
import { InfrastructureError, JobError, messageOf } from "../pipeline/errors.ts"
import { block } from "../report/lava-yaml.ts"
import { unpackTar } from "./archive.ts"
import type { TestDefinition, TestDefinitionRef } from "./definition.ts"
import { clone } from "./git.ts"
import { checkDefinition } from "./read-definition.ts"
import { copyWorkingTree } from "./working-tree.ts"

/** A test definition and its files, on this machine. */
export interface LoadedDefinition {
  readonly ref: TestDefinitionRef
  readonly definition: TestDefinition
  /** The directory with all files of the repository; `ref.path` is relative to it. */
  readonly directory: string
  /** The text of the definition. */
  readonly text: string
  /** The commit, of a definition from git. */
  readonly commit?: string
}

/** Gets a file by its URL, decompressed as the job says: see Artifacts.fetch. */
export type FetchArchive<E, R> = (archive: {
  readonly url: string
  readonly compression?: "gz" | "xz" | "bz2" | "zstd" | "zst"
}) => Effect.Effect<{ readonly path: string }, E, R>

/** Where a definition is to be put and how its archive is fetched. */
export interface LoadOptions<E, R> {
  /** A directory of the definition's own. It is made if it does not exist; it must be empty. */
  readonly directory: string
  readonly fetch: FetchArchive<E, R>
  /** Longest time for each clone, in seconds. Default 600. */
  readonly gitTimeoutSeconds?: number
}

/**
 * Gets a test definition: from the job itself, out of a git repository, a tar archive, or a directory of this machine.
 * Clones what its `install.git-repos` names, too.
 *
 * Fails with a JobError where there is no such file, branch or commit, or the definition is not valid,
 * with an InfrastructureError where the repository cannot be reached, and as `fetch` does.
 */
export const loadDefinition = Effect.fn("load-definition")(function* <E, R>(
  ref: TestDefinitionRef,
  options: LoadOptions<E, R>,
) {
  const { directory } = options
  yield* attempt(() => mkdir(directory, { recursive: true }))
  const files = yield* getFiles(ref, options)
  yield* cloneRepositories(ref, files.definition, options)
  const loaded: LoadedDefinition = { ref, directory, ...files }
  return loaded
})

/** The definition's file in its repository. */
export const pathOf = ({ path, name }: TestDefinitionRef): string => path ?? `inline/${name}.yaml`

const getFiles = Effect.fnUntraced(function* <E, R>(
  ref: TestDefinitionRef,
  { directory, fetch, gitTimeoutSeconds }: LoadOptions<E, R>,
) {
  if (ref.from === "inline") {
    const text = block(ref.repository)
    const path = join(directory, pathOf(ref))
    yield* attempt(() => mkdir(dirname(path), { recursive: true }))
    yield* attempt(() => writeFile(path, text))
    return { definition: ref.repository, text }
  }
  if (ref.from === "url") {
    const { repository: url, compression } = ref
    const { path } = yield* fetch({ url, ...(compression !== undefined && { compression }) })
    if (isDefinition(ref)) {
      const file = join(directory, ref.path)
      yield* attempt(() => mkdir(dirname(file), { recursive: true }))
      yield* attempt(() => copyFile(path, file))
    } else yield* unpackTar(path, directory, url)
    return yield* readDefinition(directory, ref.path, url)
  }
  if (ref.from === "directory") {
    yield* copyWorkingTree(ref.repository, directory)
    return yield* readDefinition(directory, ref.path, ref.repository)
  }
  const commit = yield* clone(ref, directory, gitTimeoutSeconds)
  const read = yield* readDefinition(
    directory,
    ref.path,
    `${ref.repository} at ${commit.slice(0, 12)}`,
  )
  if (ref.history === false) {
    yield* attempt(() => rm(join(directory, ".git"), { recursive: true }))
  }
  return { ...read, commit }
})

/** Whether a URL is that of the definition itself, as it was in LAVA's first format, and not of an archive. */
const isDefinition = ({ repository, path }: Extract<TestDefinitionRef, { from: "url" }>): boolean =>
  /\.ya?ml$/.test(path) && repository.replace(/[?#].*$/, "").endsWith(`/${path}`)

/** Reads a definition in a repository; a link may not lead out of it. */
const readDefinition = Effect.fnUntraced(function* (
  directory: string,
  path: string,
  repository: string,
) {
  const missing = new JobError({ message: `there is no file ${path} in ${repository}` })
  const file = yield* Effect.tryPromise({
    try: () => realpath(join(directory, path)),
    catch: () => missing,
  })
  const top = yield* attempt(() => realpath(directory))
  if (!file.startsWith(top + sep)) return yield* missing
  const isFile = yield* attempt(() => stat(file)).pipe(Effect.map((found) => found.isFile()))
  if (!isFile) return yield* missing
  const text = yield* attempt(() => readFile(file, "utf8"))
  return { definition: yield* parseDefinition(text, path), text }
})

/**
 * Reads the text of a test definition.
 *
 * Fails with a JobError that lists every mistake as `file:line:column`.
 *
 * @param file the name to show
 */
export const parseDefinition = (
  text: string,
  file: string,
): Effect.Effect<TestDefinition, JobError> =>
  readText(text, file).pipe(
    Effect.flatMap(checkDefinition),
    Effect.mapError(
      ({ message }) => new JobError({ message: `the test definition is not valid:\n${message}` }),
    ),
  )

const cloneRepositories = Effect.fnUntraced(function* <E, R>(
  ref: TestDefinitionRef,
  definition: TestDefinition,
  { directory, gitTimeoutSeconds }: LoadOptions<E, R>,
) {
  const install = definition.install
  const skip = ref.skip_install ?? install?.skip_install ?? []
  if (!install || skip.includes("git-repos") || skip.includes("all")) return
  // A value may be the name of a parameter: LAVA puts the parameter's value in.
  const values = { ...definition.params, ...ref.parameters, ...ref.params }
  const resolve = (text: string): string => String(values[text] ?? text)
  for (const wanted of install["git-repos"]) {
    const repository = resolve(wanted.url)
    const branch = wanted.branch ? resolve(wanted.branch) : undefined
    const destination = wanted.destination
      ? resolve(wanted.destination)
      : basename(repository).replace(/\.git$/, "")
    if (!/^[^/]+$/.test(destination) || destination === "." || destination === "..") {
      const message = `install.git-repos: the destination "${destination}" is not the name of a directory`
      return yield* new JobError({ message })
    }
    if (repository.startsWith("-") || branch?.startsWith("-")) {
      const message = `install.git-repos: "${repository}" and "${branch}" do not name a repository and a branch`
      return yield* new JobError({ message })
    }
    const into = join(directory, destination)
    const taken = yield* Effect.promise(() =>
      stat(into).then(
        () => true,
        () => false,
      ),
    )
    if (taken) {
      const message = `install.git-repos: ${destination} exists in the test's repository already`
      return yield* new JobError({ message })
    }
    yield* clone({ repository, branch }, into, gitTimeoutSeconds)
  }
})

const attempt = <A>(run: () => Promise<A>): Effect.Effect<A, InfrastructureError> =>
  Effect.tryPromise({
    try: run,
    catch: (cause) =>
      new InfrastructureError({
        message: `the test definition could not be put on this machine's disk: ${messageOf(cause)}`,
        cause,
      }),
  })
