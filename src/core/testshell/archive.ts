import type { FileHandle } from "node:fs/promises"
import { chmod, link, mkdir, open, symlink } from "node:fs/promises"
import { dirname, join, normalize } from "node:path"
import * as Effect from "effect/Effect"
import { InfrastructureError, JobError, messageOf } from "../pipeline/errors.ts"

/**
 * Unpacks a tar archive, plain or gzipped, into a directory that exists and is empty.
 *
 * Nothing is written outside it: a member with an absolute name or `..`, a link that points out, a
 * device or a pipe fails the whole. Links are made last, so that no member is written through one.
 *
 * Fails with a JobError where the archive is wrong, with an InfrastructureError where the disk is.
 *
 * @param archive path of the archive
 * @param shown the archive's name for messages
 */
export const unpackTar = (
  archive: string,
  directory: string,
  shown: string,
): Effect.Effect<void, JobError | InfrastructureError> =>
  Effect.tryPromise({
    try: (signal) => unpack(archive, directory, signal),
    catch: (cause) => {
      const system = cause instanceof Error && "code" in cause && "syscall" in cause
      const why = messageOf(cause)
      return system
        ? new InfrastructureError({ message: `${shown} could not be unpacked: ${why}`, cause })
        : new JobError({ message: `${shown} is not a usable tar archive: ${why}`, cause })
    },
  })

const unpack = async (archive: string, directory: string, signal: AbortSignal): Promise<void> => {
  const { extract } = await import("tar-stream")
  const { pipeline } = await import("node:stream/promises")
  const file = await open(archive)
  const members = extract()
  const links: Array<() => Promise<void>> = []
  let count = 0
  const write = async () => {
    for await (const member of members) {
      count++
      const { type, linkname } = member.header
      const name = inside(member.header.name, "")
      const path = join(directory, name)
      const mode = (member.header.mode ?? 0o644) & 0o777
      if (type === "directory") {
        await mkdir(path, { recursive: true })
      } else if (type === "file" || type === "contiguous-file") {
        await mkdir(dirname(path), { recursive: true })
        const { createWriteStream } = await import("node:fs")
        await pipeline(member, createWriteStream(path))
        await chmod(path, mode | 0o600)
      } else if (type === "symlink") {
        const target = linkname ?? ""
        inside(join(dirname(name), target), `the link ${name} -> `, target)
        links.push(() => make(path, () => symlink(target, path)))
      } else if (type === "link") {
        const target = join(directory, inside(linkname ?? "", `the link ${name} -> `))
        links.push(() => make(path, () => link(target, path)))
      } else {
        throw new Error(
          `${member.header.name} is a ${type}; only files, directories and links may be in it`,
        )
      }
      member.resume()
    }
  }
  try {
    const source = file.createReadStream({ start: 0, autoClose: false })
    const plain = (await isGzip(file))
      ? [source, (await import("node:zlib")).createGunzip()]
      : [source]
    await Promise.all([pipeline([...plain, members], { signal }), write()])
  } finally {
    await file.close()
  }
  if (count === 0)
    throw new Error("it is empty, or compressed in a way that `compression` has to name")
  for (const makeLink of links) await makeLink()
}

const make = async (path: string, makeLink: () => Promise<void>): Promise<void> => {
  await mkdir(dirname(path), { recursive: true })
  await makeLink()
}

/** The name of a member, relative to the top; throws where it is outside. */
const inside = (name: string, what: string, shown = name): string => {
  const path = normalize(name)
  if (shown.startsWith("/") || path.startsWith("/") || path.split("/")[0] === "..") {
    throw new Error(`${what}${shown} is outside of it`)
  }
  return path
}

const isGzip = async (file: FileHandle): Promise<boolean> => {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(2), 0, 2, 0)
  return bytesRead === 2 && buffer.readUInt16BE() === 0x1f8b
}
