import { randomUUID } from "node:crypto"
import { createReadStream } from "node:fs"
import { stat } from "node:fs/promises"
import { basename } from "node:path"
import type { OnProgress } from "../artifacts/artifact.ts"
import { type Checksums, Digest } from "../artifacts/checksum.ts"
import { thinned } from "../artifacts/patience.ts"
import { ConfigurationError, InfrastructureError, messageOf } from "../pipeline/errors.ts"
import { checksumFile } from "./checksum-file.ts"
import { changeChecksums } from "./checksums.ts"
import type { WritableStorage } from "./storage.ts"
import { removeLeftovers, temporaryName } from "./temporary-name.ts"

/** How a package is uploaded. */
export interface UploadOptions {
  /** Bytes that must stay free on the disk of the repository; default 1 GB. */
  readonly keepFree?: number
  readonly onProgress?: OnProgress
}

/** A package that is in a repository now. */
export interface UploadedPackage {
  readonly name: string
  readonly size: number
  readonly md5: string
  readonly sha256: string
}

/**
 * Puts a file into a repository, under its own name: written under another name first and brought to the disk, then
 * renamed, and listed in packages.checksum. Readers see all of it or what was there before.
 *
 * Rejects with a ConfigurationError where the file cannot be a package, with an InfrastructureError where there is
 * too little space or the repository cannot be written to; nothing is changed then.
 */
export const upload = async (
  storage: WritableStorage,
  path: string,
  { keepFree = 1e9, onProgress = () => {} }: UploadOptions,
  signal: AbortSignal,
): Promise<UploadedPackage> => {
  const name = packageName(path)
  const { size } = await fileFacts(path)
  const report = thinned(onProgress)
  const digest = new Digest({ md5: "" })
  let done = 0
  const content = async function* () {
    const blocks = createReadStream(path, { highWaterMark: 128 * 1024, signal })
    for await (const block of blocks as AsyncIterable<Buffer>) {
      digest.update(block)
      yield block
      done += block.length
      report({ received: done, total: size }, done === size)
    }
    if (done !== size) throw new Error("it changed while it was uploaded; try again")
  }
  const temporary = temporaryName(randomUUID())
  try {
    await removeLeftovers(storage)
    await assertSpace(storage, size, keepFree)
    await storage.create(temporary, content()).catch(async (cause: unknown) => {
      throw (await fullDisk(storage, size, cause)) ?? cause
    })
    const { md5 = "", sha256 } = digest.finish()
    const change = {
      list: async (listed: Map<string, Checksums>) => void listed.set(name, { md5, sha256 }),
      publish: () => storage.rename(temporary, name),
    }
    await changeChecksums(storage, change, signal).catch(async (error: unknown) => {
      await storage.remove(temporary).catch(() => {})
      throw error
    })
    return { name, size, md5, sha256 }
  } catch (cause) {
    signal.throwIfAborted()
    const message = `${path} cannot be uploaded: ${messageOf(cause)}`
    throw new InfrastructureError({ message, cause })
  }
}

/** What a file is called as a package. */
const packageName = (path: string): string => {
  const name = basename(path)
  if (/^\.|[\r\n]/.test(name) || name === checksumFile || name !== name.trim()) {
    throw new ConfigurationError({
      message: `${path} cannot be a package: expected a name that does not begin with a dot or a space, and is not ${checksumFile}`,
    })
  }
  return name
}

const fileFacts = async (path: string) => {
  const facts = await stat(path).catch((cause: unknown) => {
    const message = `${path} cannot be uploaded: ${messageOf(cause)}`
    throw new ConfigurationError({ message, cause })
  })
  if (facts.isFile()) return facts
  const archive = `${basename(path)}.tar.bz2`
  throw new ConfigurationError({
    message: `${path} cannot be uploaded: it is not a file${facts.isDirectory() ? `; pack it (tar -cjf ${archive} -C ${path} .), or give --all for the files in it` : ""}`,
  })
}

const assertSpace = async (storage: WritableStorage, size: number, keepFree: number) => {
  const free = await storage.freeBytes()
  if (free === undefined || free >= size + keepFree) return
  throw new Error(
    `expected ${size} bytes for it and ${keepFree} to stay free, found ${free}: ${size + keepFree - free} bytes are missing; remove packages (dispatch packages remove), or give --keep-free`,
  )
}

/** Whether the disk is why a file could not be written: all that a server may say of it is "Failure". */
const fullDisk = async (storage: WritableStorage, size: number, cause: unknown) => {
  const free = await storage.freeBytes().catch(() => undefined)
  if (free === undefined || free >= size) return undefined
  return new Error(
    `the disk there became full: ${size} bytes are needed, ${free} are free, ${size - free} are missing; remove packages (dispatch packages remove)`,
    { cause },
  )
}
