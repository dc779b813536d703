import { messageOf } from "../pipeline/errors.ts"
import { changeChecksums } from "./checksums.ts"
import type { WritableStorage } from "./storage.ts"

/** What became of a package that was to be removed. */
export interface RemovedPackage {
  readonly name: string
  /** Why it is still there, or was never. */
  readonly error?: string
}

/** Removes packages and their lines in packages.checksum. Rejects where that file cannot be changed. */
export const remove = async (
  storage: WritableStorage,
  names: ReadonlyArray<string>,
  signal: AbortSignal,
): Promise<ReadonlyArray<RemovedPackage>> => {
  const removed: Array<RemovedPackage> = []
  await changeChecksums(
    storage,
    {
      list: async (listed) => {
        for (const name of names) {
          const error = await storage.remove(name).then(
            () => undefined,
            (cause: NodeJS.ErrnoException) =>
              // A line without a file is removed, too.
              cause.code === "ENOENT" && listed.has(name) ? undefined : messageOf(cause),
          )
          if (error === undefined) listed.delete(name)
          removed.push({ name, ...(error !== undefined && { error }) })
        }
      },
    },
    signal,
  )
  return removed
}
