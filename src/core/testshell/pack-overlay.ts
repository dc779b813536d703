import { createReadStream } from "node:fs"
import { lstat, readdir, readFile, readlink } from "node:fs/promises"
import { join } from "node:path"
import { Readable } from "node:stream"
import { pipeline } from "node:stream/promises"
import type { Header, Pack } from "tar-stream"
import type { Overlay } from "./overlay.ts"

/** The archive comes in pieces of about this size, in bytes: most are a single one. */
const pieceSize = 64 * 1024
/** Larger files of a test's repository are not read into memory at once, in bytes. */
const streamedSize = 1024 * 1024

/**
 * An overlay as a tar archive (ustar), to be unpacked in the root of the device's file system. All
 * belongs to root. The stream ends with an error where a file of a test cannot be read.
 */
export const packOverlay = (overlay: Overlay): Readable =>
  Readable.from(inPieces(overlay), { objectMode: false })

async function* inPieces(overlay: Overlay): AsyncGenerator<Buffer> {
  const { pack } = await import("tar-stream")
  const archive = pack()
  addParts(archive, overlay).then(
    () => archive.finalize(),
    (error: unknown) => archive.destroy(error instanceof Error ? error : new Error(String(error))),
  )
  let held: Array<Buffer> = []
  let size = 0
  for await (const chunk of archive as AsyncIterable<Buffer>) {
    held.push(chunk)
    size += chunk.length
    if (size < pieceSize) continue
    yield Buffer.concat(held)
    held = []
    size = 0
  }
  yield Buffer.concat(held)
}

const owner = { uid: 0, gid: 0, uname: "root", gname: "root" }

const addParts = async (archive: Pack, { directory, parts }: Overlay): Promise<void> => {
  const mtime = new Date()
  for (const part of parts) {
    const name = join(directory.replace(/^\/+/, ""), part.path)
    if (part.type === "tree") await addTree(archive, part.source, name, part.without)
    else if (part.type === "directory") {
      archive.entry({ name, type: "directory", mode: 0o755, mtime, ...owner })
    } else archive.entry({ name, type: "file", mode: part.mode, mtime, ...owner }, part.text)
  }
}

const addTree = async (
  archive: Pack,
  path: string,
  name: string,
  without: ReadonlySet<string> = new Set(),
): Promise<void> => {
  const found = await lstat(path)
  const { mtime, size } = found
  const header = { name, mode: found.mode & 0o7777, mtime, ...owner }
  if (found.isSymbolicLink()) {
    archive.entry({ ...header, type: "symlink", linkname: await readlink(path) })
  } else if (found.isDirectory()) {
    archive.entry({ ...header, type: "directory" })
    const names = (await readdir(path)).filter((each) => !without.has(each))
    for (const each of names.toSorted()) await addTree(archive, join(path, each), `${name}/${each}`)
  } else if (found.isFile()) {
    if (size > streamedSize) {
      await pipeline(createReadStream(path), archive.entry({ ...header, type: "file", size }))
    } else await addFile(archive, { ...header, type: "file" }, await readFile(path))
  }
}

/** Resolves when there is room for more. */
const addFile = (
  archive: Pack,
  header: Pick<Header, "name"> & Partial<Header>,
  content: Buffer,
): Promise<void> =>
  new Promise((resolve, reject) => {
    archive.entry(header, content, (error) => (error ? reject(error) : resolve()))
  })
