import { createHash } from "node:crypto"
import { constants } from "node:fs"
import { type FileHandle, lstat, open, readdir, writeFile } from "node:fs/promises"
import { join } from "node:path"

/**
 * A parcel is a directory that one side writes and the other reads while it may still be coming: `manifest` lists the
 * SHA-256 of each file, and `ready` that of the manifest, both as sha256sum(1) reads them. `ready` goes last.
 */
const manifestName = "manifest"
const readyName = "ready"

/** Names that files of a parcel may have: one part of a path, nothing hidden. */
const fileName = /^\w[\w.+-]*$/

/** Whether a file of this name may be in a parcel. */
export const isParcelFile = (name: string): boolean => fileName.test(name) && name.length <= 100

/** Seals a directory of plain files as a parcel. Rejects as node:fs does. */
export const sealParcel = async (directory: string): Promise<void> => {
  const names = (await readdir(directory)).toSorted()
  const sums = await Promise.all(
    names.map(async (name) => `${await sha256Of(join(directory, name))}  ${name}\n`),
  )
  const manifest = sums.join("")
  await writeFile(join(directory, manifestName), manifest)
  await writeFile(join(directory, readyName), `${sha256(manifest)}  ${manifestName}\n`)
}

/**
 * The names of a parcel's files, where it is whole: all are there, as they were sent. Who sends it may be anybody, so
 * links are not followed.
 */
export const wholeParcel = async (
  directory: string,
): Promise<ReadonlyArray<string> | undefined> => {
  try {
    if (!(await lstat(directory)).isDirectory()) return undefined
    const ready = sumsOf(await readSmall(join(directory, readyName)))
    const manifest = await readSmall(join(directory, manifestName))
    if (ready.get(manifestName) !== sha256(manifest)) return undefined
    const sums = sumsOf(manifest)
    for (const [name, sum] of sums) {
      if (!isParcelFile(name) || (await sha256Of(join(directory, name))) !== sum) return undefined
    }
    return [...sums.keys()]
  } catch {
    return undefined
  }
}

/** Opens a plain file, and no link to one. Rejects as node:fs does. */
export const openPlain = async (path: string): Promise<FileHandle> => {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  if ((await file.stat()).isFile()) return file
  await file.close()
  throw new Error(`${path} is not a plain file`)
}

/** No file that is read at once is larger, in bytes. */
const smallSize = 64 * 1024

/** The text of a small plain file, cut off where it is not small. Rejects as node:fs does. */
export const readSmall = async (path: string): Promise<string> => {
  const file = await openPlain(path)
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(smallSize), 0, smallSize, 0)
    return buffer.toString("utf8", 0, bytesRead)
  } finally {
    await file.close()
  }
}

const sumsOf = (text: string): ReadonlyMap<string, string> =>
  new Map(
    [...text.matchAll(/^([0-9a-f]{64}) [ *](.+)$/gm)].map(([, sum = "", name = ""]) => [name, sum]),
  )

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex")

const sha256Of = async (path: string): Promise<string> => {
  const hash = createHash("sha256")
  const file = await openPlain(path)
  for await (const chunk of file.createReadStream()) hash.update(chunk as Buffer)
  return hash.digest("hex")
}
