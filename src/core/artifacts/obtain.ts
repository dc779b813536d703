import { createHash } from "node:crypto"
import { constants } from "node:fs"
import { access, stat } from "node:fs/promises"
import { join } from "node:path"
import { JobError, messageOf } from "../pipeline/errors.ts"
import type { OnProgress } from "./artifact.ts"
import { type Checksums, digestFile, verify } from "./checksum.ts"
import { type Compression, decompress } from "./decompress.ts"
import { Download } from "./download.ts"
import { OutputFile } from "./output-file.ts"
import type { DownloadPatience } from "./patience.ts"
import { downloadBySftp } from "./sftp-download.ts"
import { type Source, shown } from "./source.ts"
import type { Store, StoredFile } from "./store.ts"

/** A file that a job wants: everything on which two jobs must agree to share it. */
export interface Wanted {
  readonly source: Source
  /** Of the file as it is at the source. */
  readonly checksums: Checksums
  readonly compression: Compression | undefined
  readonly headers: Readonly<Record<string, string>>
  /** Whether a file of an earlier job may be used, and this one kept for later ones. */
  readonly useCache: boolean
}

/** What obtaining a file works with. */
interface Means {
  readonly store: Store
  /** Empty directory for what is made; the result may lie in it. */
  readonly work: string
  readonly patience: DownloadPatience
  readonly onProgress: OnProgress
}

/**
 * Gets a file, verified and decompressed: from its place on this machine, from the cache or from its
 * server. Only what has passed its checksums gets into the cache.
 */
export const obtain = async (
  wanted: Wanted,
  means: Means,
  signal: AbortSignal,
): Promise<StoredFile> =>
  wanted.source.type === "file"
    ? await obtainLocal(wanted, wanted.source.path, means, signal)
    : await unpack(wanted, await obtainRemote(wanted, wanted.source, means, signal), means, signal)

const obtainLocal = async (wanted: Wanted, path: string, means: Means, signal: AbortSignal) => {
  const before = await identity(path)
  const { size, checksums } = await digestFile(path, wanted.checksums, signal)
  verify(path, wanted.checksums, checksums)
  const plain = await unpack(wanted, { path, size, sha256: checksums.sha256 }, means, signal)
  if (before !== (await identity(path)))
    throw new JobError({
      message: `${path} changed while it was read; wait until it is written, and try again`,
    })
  return plain
}

/** Something that changes whenever the file does. */
const identity = async (path: string): Promise<string> => {
  try {
    const found = await stat(path, { bigint: true })
    if (!found.isFile()) throw new Error("it is not a file")
    await access(path, constants.R_OK)
    return `${found.dev} ${found.ino} ${found.size} ${found.mtimeNs} ${found.ctimeNs}`
  } catch (error) {
    const why = messageOf(error).replace(/, \w+ '.*'$/s, "")
    throw new JobError({ message: `${path} cannot be read: ${why}; correct the URL`, cause: error })
  }
}

const obtainRemote = async (
  wanted: Wanted,
  source: Exclude<Source, { type: "file" }>,
  means: Means,
  signal: AbortSignal,
) => {
  const { store, work, patience, onProgress } = means
  const { checksums, headers, useCache } = wanted
  const cached = join(work, "cached")

  const sums = sumKeys(checksums)
  const known = useCache ? await identify(sums, store) : undefined
  const hit = known && (await store.take(known, cached))
  if (hit) return hit

  // without a checksum only the server knows whether the file of an earlier job is still the right one
  const urlKey = `url-${createHash("sha256")
    .update(JSON.stringify([source.type === "http" ? source.url : shown(source), headers]))
    .digest("hex")}`
  const note = useCache && sums.length === 0 ? await store.find(urlKey) : undefined
  const atHand = note?.validator && (await store.take(note.sha256, cached))

  await using file = await OutputFile.create(join(work, "download"), checksums)
  const version = atHand && note.validator
  const validator =
    source.type === "http"
      ? await new Download(
          { url: source.url, headers, atHand: version },
          file,
          patience,
          onProgress,
        ).run(signal)
      : await downloadBySftp({ source, atHand: version }, file, patience, onProgress, signal)
  if (atHand && !validator) return atHand
  const found = await file.finish()
  verify(shown(wanted.source), checksums, found)

  const { sha256 } = found
  const stored = { path: file.path, size: file.size, sha256 }
  if (!useCache) return stored
  await store.add(stored)
  for (const key of sumKeys(found)) await store.note(key, { sha256 }, work)
  if (validator?.etag || validator?.lastModified)
    await store.note(urlKey, { sha256, validator }, work)
  return stored
}

/** Keys under which the cache knows a downloaded file by its checksums. */
const sumKeys = (checksums: Checksums): ReadonlyArray<string> =>
  Object.entries(checksums).map(([algorithm, sum]) => `${algorithm}-${sum}`)

/** The content that all of these checksums stand for, where there is one. */
const identify = async (sums: ReadonlyArray<string>, store: Store): Promise<string | undefined> => {
  const found = await Promise.all(sums.map((key) => store.find(key)))
  const contents = new Set(found.map((note) => note?.sha256))
  return contents.size === 1 ? [...contents][0] : undefined
}

const unpack = async (wanted: Wanted, packed: StoredFile, means: Means, signal: AbortSignal) => {
  const { compression, source, useCache } = wanted
  const { store, work } = means
  if (compression === undefined) return packed

  const key = `${compression}-${packed.sha256}`
  const note = useCache ? await store.find(key) : undefined
  const hit = note && (await store.take(note.sha256, join(work, "plain-cached")))
  if (hit) return hit

  await using file = await OutputFile.create(join(work, "plain"))
  await decompress(compression, packed.path, file, shown(source), signal)
  const { sha256 } = await file.finish()
  const plain = { path: file.path, size: file.size, sha256 }
  if (!useCache) return plain
  await store.add(plain)
  await store.note(key, { sha256 }, work)
  return plain
}
