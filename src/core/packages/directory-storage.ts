import { createReadStream } from "node:fs"
import { open, readdir, rename, rm, stat, statfs, unlink } from "node:fs/promises"
import { join } from "node:path"
import type { StoredFile, WritableStorage } from "./storage.ts"

/** A repository in a directory of this machine. */
export const directoryStorage = (directory: string): WritableStorage => {
  const at = (name: string) => join(directory, name)
  return {
    list: async () => {
      const names = await readdir(directory)
      return (await Promise.all(names.map((name) => factsOf(name, at(name))))).flat()
    },
    read: (name, signal) => createReadStream(at(name), { highWaterMark: 1 << 20, signal }),
    create: async (name, content) => {
      const mode = 0o644
      const file = await open(at(name), "wx", mode)
      try {
        for await (const chunk of content) await file.writeFile(chunk)
        // The umask may have taken some of it.
        await file.chmod(mode)
        await file.sync()
      } catch (error) {
        await rm(at(name), { force: true })
        throw error
      } finally {
        await file.close()
      }
    },
    rename: (from, to) => rename(at(from), at(to)),
    remove: (name) => unlink(at(name)),
    freeBytes: async () => {
      const { bavail, bsize } = await statfs(directory)
      return bavail * bsize
    },
  }
}

/** Empty where it is no file, or no longer there. */
const factsOf = async (name: string, path: string): Promise<ReadonlyArray<StoredFile>> => {
  const facts = await stat(path).catch(() => undefined)
  if (!facts?.isFile()) return []
  return [{ name, size: facts.size, modified: facts.mtimeMs, read: facts.atimeMs }]
}
