import {
  access,
  chmod,
  copyFile,
  link,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  utimes,
  writeFile,
} from "node:fs/promises"
import { join } from "node:path"
import * as z from "zod"
import { hasCode, isMissing } from "../error-code.ts"
import { ownerIsGone, ownerPrefix } from "../owner.ts"

/** A whole file on disk. */
export interface StoredFile {
  readonly path: string
  readonly size: number
  /** Lower-case hexadecimal. */
  readonly sha256: string
}

const Note = z.object({
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  validator: z
    .object({ etag: z.string().optional(), lastModified: z.string().optional() })
    .optional(),
})

/** What is known of a URL, another checksum or a compressed file: the content that it stands for. */
type Note = z.output<typeof Note>

const foreignLeftoverDays = 7

/**
 * Files by their SHA-256, shared by any number of processes of one user.
 *
 *     content/<sha256>   whole, verified files; never written again
 *     notes/<key>        JSON, which content a URL or another checksum stands for
 *     work/<owner>.../   what running jobs download into and read from
 *
 * Nothing is locked: a file or a note appears whole, by a rename, and readers hold hard links of their
 * own in `work`, so that eviction takes nothing away from them. A file's modification time is derived
 * from its content's name: where it is another one, somebody wrote into the file, and it is not used.
 */
export class Store {
  readonly #directory: string
  readonly #maxBytes: number

  constructor(directory: string, maxBytes: number) {
    this.#directory = directory
    this.#maxBytes = maxBytes
  }

  /** Makes an empty directory for temporary files and links; its maker removes it. */
  async workDirectory(): Promise<string> {
    for (const each of ["content", "notes", "work"])
      await mkdir(this.#path(each), { recursive: true })
    return await mkdtemp(this.#path("work", ownerPrefix()))
  }

  /** Removes what killed processes have left. */
  async sweep(): Promise<void> {
    for (const name of await readdir(this.#path("work")).catch(() => [])) {
      const path = this.#path("work", name)
      const gone = ownerIsGone(name) ?? (await ageInDays(path)) > foreignLeftoverDays
      if (gone) await rm(path, { recursive: true, force: true })
    }
  }

  /** The note under a key, where there is one. */
  async find(key: string): Promise<Note | undefined> {
    try {
      return Note.parse(JSON.parse(await readFile(this.#path("notes", key), "utf8")))
    } catch {
      return undefined
    }
  }

  /** Writes a note; `work` is a directory for the moment before it is whole. */
  async note(key: string, note: Note, work: string): Promise<void> {
    const path = join(work, key)
    await writeFile(path, JSON.stringify(note))
    await rename(path, this.#path("notes", key))
  }

  /** Links a content to `path`; undefined where it is not here, or somebody wrote into it. */
  async take(sha256: string, path: string): Promise<StoredFile | undefined> {
    const content = this.#path("content", sha256)
    try {
      await linkOrCopy(content, path)
      const { size, mtimeMs } = await stat(path)
      if (mtimeMs === sealOf(sha256) * 1000) {
        await utimes(path, new Date(), sealOf(sha256))
        return { path, size, sha256 }
      }
      await rm(content, { force: true })
      await rm(path)
      return undefined
    } catch (error) {
      if (isMissing(error)) return undefined
      throw error
    }
  }

  /** Adds a verified file, by a link: the caller's own stays. Evicts others where the store is full. */
  async add({ path, sha256 }: StoredFile): Promise<void> {
    await chmod(path, 0o444)
    await utimes(path, new Date(), sealOf(sha256))
    await linkOrCopy(path, `${path}.link`)
    await rename(`${path}.link`, this.#path("content", sha256))
    await this.#evict()
  }

  /** Removes the least recently used contents that nobody reads, until the rest is small enough. */
  async #evict(): Promise<void> {
    const contents = await Promise.all(
      (await readdir(this.#path("content"))).map(async (name) => {
        const found = await stat(this.#path("content", name)).catch(() => undefined)
        return { name, size: found?.size ?? 0, used: found?.atimeMs ?? 0, links: found?.nlink ?? 0 }
      }),
    )
    let excess = contents.reduce((sum, each) => sum + each.size, 0) - this.#maxBytes
    if (excess <= 0) return
    for (const { name, size } of contents
      .filter((each) => each.links === 1)
      .toSorted((a, b) => a.used - b.used)) {
      if (excess <= 0) break
      await rm(this.#path("content", name), { force: true })
      excess -= size
    }
    await this.#forget()
  }

  /** Removes notes of contents that are gone. */
  async #forget(): Promise<void> {
    for (const key of await readdir(this.#path("notes"))) {
      const note = await this.find(key)
      if (note && (await exists(this.#path("content", note.sha256)))) continue
      await rm(this.#path("notes", key), { force: true })
    }
  }

  #path(...names: ReadonlyArray<string>): string {
    return join(this.#directory, ...names)
  }
}

/** A hard link, or a copy of the same age where the file system or its protection allows none (link(2)). */
export const linkOrCopy = async (from: string, to: string): Promise<void> => {
  try {
    await link(from, to)
  } catch (error) {
    if (!hasCode(error, "EPERM", "ENOTSUP", "ENOSYS", "EMLINK", "EXDEV")) throw error
    await copyFile(from, to)
    const { atime, mtime } = await stat(from)
    await utimes(to, atime, mtime)
  }
}

/** Modification time of a content, in seconds since 1970: some day from 2000 to 2008. */
const sealOf = (sha256: string): number => 946_684_800 + Number.parseInt(sha256.slice(0, 7), 16)

const ageInDays = async (path: string) =>
  (Date.now() - (await stat(path).catch(() => ({ mtimeMs: Date.now() }))).mtimeMs) / 86_400_000

const exists = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  )
