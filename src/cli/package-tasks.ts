import { readdir } from "node:fs/promises"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { abortable } from "../core/artifacts/abortable.ts"
import { shown } from "../core/artifacts/source.ts"
import { readChecksums } from "../core/packages/checksums.ts"
import { list as listPackages, verifyPackage } from "../core/packages/inventory.ts"
import { remove as removePackages } from "../core/packages/remove.ts"
import type { PackagePlace, Repository } from "../core/packages/repository.ts"
import { openStorage, openWritable, type WritableStorage } from "../core/packages/storage.ts"
import { upload as uploadPackage } from "../core/packages/upload.ts"
import {
  ConfigurationError,
  InfrastructureError,
  isDispatchError,
  messageOf,
} from "../core/pipeline/errors.ts"
import type { PackagesOptions, PackagesTask } from "./packages.ts"
import { type PackageRow, uploadProgress } from "./packages-view.ts"

/** What a task works with. */
export interface Task {
  readonly names: ReadonlyArray<string>
  readonly options: PackagesOptions
  /** Those that --repository and --custom leave. */
  readonly repositories: ReadonlyArray<Repository>
  readonly signal: AbortSignal
  /** Tells what a part of the task failed with, and goes on. */
  readonly tell: (error: unknown) => void
}

/** Where upload and remove work: the first repository of the kind that can be changed. */
const changeable = ({ repositories, options }: Task) => {
  const { custom, repository } = options
  const kind = custom ? "custom" : "builtin"
  const of = repositories.filter((each) => repository !== undefined || each.kind === kind)
  for (const { upload: place, ...each } of of) if (place) return { ...each, place }
  throw new ConfigurationError({
    message: `the lab file has no ${repository === undefined ? `repository of the kind "${kind}"` : `place`} to upload to: give one a directory or ssh://user@host/path as its "upload"`,
  })
}

/** Opens a repository for some work, and says which one failed. */
const inRepository = <S, A>(
  { signal }: Task,
  place: PackagePlace,
  open: Effect.Effect<S, InfrastructureError, Scope.Scope>,
  work: (storage: S, signal: AbortSignal) => Promise<A>,
): Promise<A> => {
  const failed = (cause: unknown): never => {
    if (isDispatchError(cause)) throw cause
    const message = `the repository ${shown(place)} cannot be used: ${messageOf(cause)}`
    throw new InfrastructureError({ message, cause })
  }
  return open.pipe(
    Effect.flatMap((storage) => abortable((aborted) => work(storage, aborted).catch(failed))),
    Effect.scoped,
    (opened) => Effect.runPromise(opened, { signal }),
  )
}

const upload = async (task: Task): Promise<ReadonlyArray<PackageRow>> => {
  const { names, options, tell, signal } = task
  const { name: repository, place } = changeable(task)
  const files = options.all ? (await Promise.all(names.map(filesIn))).flat() : names
  const rows: Array<PackageRow> = []
  const upload = async (storage: WritableStorage, aborted: AbortSignal) => {
    for (const file of files) {
      using progress = uploadProgress(file)
      const { keepFree } = options
      const uploading = uploadPackage(
        storage,
        file,
        {
          onProgress: progress.report,
          ...(keepFree !== undefined && { keepFree: keepFree * 1e6 }),
        },
        aborted,
      )
      await uploading.then(
        (found) => rows.push({ repository, state: "uploaded", ...found }),
        (error: unknown) => {
          aborted.throwIfAborted()
          tell(error)
        },
      )
    }
  }
  await inRepository(task, place, openWritable(place), upload).catch(
    (error: unknown) => signal.aborted || tell(error),
  )
  return rows
}

const filesIn = async (directory: string): Promise<ReadonlyArray<string>> => {
  const entries = await readdir(directory, { withFileTypes: true }).catch((cause: unknown) => {
    const message = `${directory} cannot be read: ${messageOf(cause)}; --all takes directories`
    throw new ConfigurationError({ message, cause })
  })
  return entries
    .filter((each) => each.isFile() && !each.name.startsWith("."))
    .map(({ name }) => join(directory, name))
    .toSorted()
}

const list = async (task: Task): Promise<ReadonlyArray<PackageRow>> => {
  const rows: Array<PackageRow> = []
  for (const { name: repository, fetch, upload } of task.repositories) {
    const place = upload ?? fetch
    const work = inRepository(task, place, openStorage(place), listPackages)
    for (const { missing, checksums, ...file } of await work.catch(told(task))) {
      const listed = Object.keys(checksums).length > 0 ? "listed" : "unlisted"
      rows.push({ repository, ...file, ...checksums, state: missing ? "missing" : listed })
    }
  }
  return rows
}

/** Tells an error; there is nothing then. */
const told =
  ({ tell }: Task) =>
  (error: unknown): ReadonlyArray<never> => {
    tell(error)
    return []
  }

const verify = async (task: Task): Promise<ReadonlyArray<PackageRow>> => {
  const { names, options } = task
  const rows: Array<PackageRow> = []
  for (const { name: repository, fetch } of task.repositories) {
    const work = inRepository(task, fetch, openStorage(fetch), async (storage, aborted) => {
      const listed = await readChecksums(storage, aborted)
      for (const { name, size } of await listPackages(storage, aborted)) {
        if (!options.all && !names.includes(name)) continue
        const state = await verifyPackage(storage, name, listed, aborted)
        rows.push({ repository, name, size, state })
      }
      return []
    })
    await work.catch(told(task))
  }
  const nowhere = names.filter((name) => rows.every((row) => row.name !== name))
  return [...rows, ...nowhere.map((name): PackageRow => ({ name, state: "missing" }))]
}

const remove = async (task: Task): Promise<ReadonlyArray<PackageRow>> => {
  const { options, tell } = task
  const { name: repository, kind, place } = changeable(task)
  if (options.unused !== undefined && kind !== "custom") {
    throw new ConfigurationError({
      message: `--unused removes custom packages only, and ${repository} is builtin: give --custom`,
    })
  }
  const work = inRepository(task, place, openWritable(place), async (storage, aborted) => {
    const before = Date.now() - (options.unused ?? 0) * 86_400_000
    const all = await listPackages(storage, aborted)
    const unused = all.filter(({ read, modified }) => {
      const used = Math.max(read ?? 0, modified ?? 0)
      return options.unused === undefined || (used > 0 && used < before)
    })
    const names = task.names.length > 0 ? task.names : unused.map(({ name }) => name)
    return await removePackages(storage, names, aborted)
  })
  const rows: Array<PackageRow> = []
  for (const { name, error } of await work.catch(told(task))) {
    if (error === undefined) rows.push({ repository, name, state: "removed" })
    else
      tell(
        new InfrastructureError({
          message: `${name} cannot be removed from ${shown(place)}: ${error}`,
        }),
      )
  }
  return rows
}

/** What each subcommand does; a failure with one package is told, and the next one is taken. */
export const packageTasks: Readonly<
  Record<PackagesTask, (task: Task) => Promise<ReadonlyArray<PackageRow>>>
> = {
  upload,
  list,
  remove,
  verify,
}
