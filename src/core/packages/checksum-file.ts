import type { Checksums } from "../artifacts/checksum.ts"

/** The file of a repository that lists the checksums of its packages. */
export const checksumFile = "packages.checksum"

/** Checksums by the names of packages. */
export type ListedChecksums = ReadonlyMap<string, Checksums>

/**
 * Reads autotest's packages.checksum: a line is `<md5> <name>`, or `<sha256> <name>`. Where there are several of a
 * kind for a name, the last one counts, as it does for autotest. Other lines say nothing.
 */
export const parseChecksumFile = (text: string): ListedChecksums => {
  const listed = new Map<string, Checksums>()
  for (const line of text.split(/\r?\n/)) {
    const [, sum, name] = /^([0-9a-f]{32}|[0-9a-f]{64})\s+(\S.*)$/i.exec(line) ?? []
    if (sum === undefined || name === undefined) continue
    const kind = sum.length === 32 ? "md5" : "sha256"
    listed.set(name, { ...listed.get(name), [kind]: sum.toLowerCase() })
  }
  return listed
}

/** Writes packages.checksum. A package's MD5 comes last: autotest knows no other, and takes the last line. */
export const formatChecksumFile = (listed: ListedChecksums): string =>
  [...listed]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([name, { sha256, md5 }]) =>
      [sha256, md5].flatMap((sum) => (sum === undefined ? [] : [`${sum} ${name}\n`])),
    )
    .join("")
