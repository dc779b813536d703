import { ownerIsGone, ownerPrefix } from "../owner.ts"
import type { WritableStorage } from "./storage.ts"

const beginning = ".upload-"

/** The name of a file that is being written; unique, and tells whose it is. */
export const temporaryName = (unique: string): string => `${beginning}${ownerPrefix()}${unique}`

/** A file that is uploaded grows all the time; one that has not for this long, in milliseconds, is nobody's. */
const abandonedMs = 3_600_000

/** Removes what uploads have left whose process is gone, or, on another machine, that have not come further for long. */
export const removeLeftovers = async (storage: WritableStorage): Promise<void> => {
  for (const { name, modified = Date.now() } of await storage.list()) {
    if (!name.startsWith(beginning)) continue
    const abandoned = Date.now() - modified > abandonedMs
    // Another one may do the same.
    if (ownerIsGone(name.slice(beginning.length)) ?? abandoned)
      await storage.remove(name).catch(() => {})
  }
}
