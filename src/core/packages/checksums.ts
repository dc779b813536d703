import { randomUUID } from "node:crypto"
import type { Checksums } from "../artifacts/checksum.ts"
import {
  checksumFile,
  formatChecksumFile,
  type ListedChecksums,
  parseChecksumFile,
} from "./checksum-file.ts"
import { locked } from "./lock.ts"
import type { Storage, WritableStorage } from "./storage.ts"
import { temporaryName } from "./temporary-name.ts"
import { contentOf, textOf } from "./text-file.ts"

/** The checksums that a repository lists; none where it has no such file. */
export const readChecksums = async (
  storage: Pick<Storage, "read">,
  signal: AbortSignal,
): Promise<ListedChecksums> => parseChecksumFile(await textOf(storage, checksumFile, signal))

/** A change to a repository that its packages.checksum must tell. */
interface Change {
  /** Makes the new list of what is listed. */
  readonly list: (listed: Map<string, Checksums>) => Promise<void>
  /** Done right before the new list appears. */
  readonly publish?: () => Promise<void>
}

/** Changes a repository's packages.checksum in one step; nobody else changes it meanwhile. */
export const changeChecksums = (
  storage: WritableStorage,
  { list, publish }: Change,
  signal: AbortSignal,
): Promise<void> =>
  locked(
    storage,
    async (assertHeld) => {
      const listed = new Map(await readChecksums(storage, signal))
      await list(listed)
      const draft = temporaryName(randomUUID())
      await storage.create(draft, contentOf(formatChecksumFile(listed)))
      try {
        await assertHeld()
        await publish?.()
        await storage.rename(draft, checksumFile)
      } catch (error) {
        await storage.remove(draft).catch(() => {})
        throw error
      }
    },
    signal,
  )
