import { type Checksums, Digest } from "../artifacts/checksum.ts"
import { isMissing } from "../error-code.ts"
import { checksumFile, type ListedChecksums } from "./checksum-file.ts"
import { readChecksums } from "./checksums.ts"
import type { Storage, StoredFile } from "./storage.ts"

/** A package of a repository, as far as it is known without reading it. */
export interface ListedPackage extends StoredFile {
  /** Empty where packages.checksum does not list it. */
  readonly checksums: Checksums
  /** Listed, but there is no file. */
  readonly missing: boolean
}

/** The packages of a repository, by name: its files, and what its packages.checksum lists. */
export const list = async (
  storage: Storage,
  signal: AbortSignal,
): Promise<ReadonlyArray<ListedPackage>> => {
  const listed = await readChecksums(storage, signal)
  const files = (await storage.list())
    .filter(({ name }) => !name.startsWith(".") && name !== checksumFile)
    .map((file) => ({ ...file, checksums: listed.get(file.name) ?? {}, missing: false }))
  const there = new Set(files.map(({ name }) => name))
  const missing = [...listed]
    .filter(([name]) => !there.has(name))
    .map(([name, checksums]) => {
      return {
        name,
        checksums,
        missing: true,
        size: undefined,
        modified: undefined,
        read: undefined,
      }
    })
  return [...files, ...missing].toSorted((a, b) => (a.name < b.name ? -1 : 1))
}

/** Whether a package's bytes are what packages.checksum says; "unlisted" where it says nothing. */
export type Verdict = "right" | "wrong" | "missing" | "unlisted"

/** Reads a package and compares it with its checksums. */
export const verifyPackage = async (
  storage: Storage,
  name: string,
  listed: ListedChecksums,
  signal: AbortSignal,
): Promise<Verdict> => {
  const wanted = listed.get(name)
  const digest = new Digest(wanted ?? {})
  try {
    for await (const chunk of storage.read(name, signal)) digest.update(chunk)
  } catch (error) {
    if (isMissing(error)) return "missing"
    throw error
  }
  if (wanted === undefined) return "unlisted"
  const { md5, sha256 } = digest.finish()
  const same = (wanted.md5 ?? md5) === md5 && (wanted.sha256 ?? sha256) === sha256
  return same ? "right" : "wrong"
}
