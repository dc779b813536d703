import { close, constants, fstat, open, readv } from "node:fs"
import { readFile } from "node:fs/promises"
import { promisify } from "node:util"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { ConfigurationError, InfrastructureError } from "../pipeline/errors.ts"

/**
 * What is to be served: bytes in memory, text in memory (UTF-8), or a file on this machine's disk.
 * `sha256` (lower-case hex) is passed on to devices that ask over HTTP, where the caller knows it.
 */
export type FileSource =
  | { readonly bytes: Uint8Array; readonly sha256?: string }
  | { readonly text: string; readonly sha256?: string }
  | { readonly path: string; readonly sha256?: string }

/**
 * A file while it is served, to any number of devices at once.
 *
 * A file on disk is opened once, here, and read through that descriptor: whatever happens to its name
 * afterwards (renamed, deleted, replaced by a symbolic link) changes nothing of what devices get.
 * When it is withdrawn, transfers under way are told and further reads fail.
 */
export class ServedFile {
  readonly size: number
  /** Lower-case hex, if known. */
  readonly sha256: string | undefined
  readonly #content: Uint8Array | number
  readonly #listeners = new Set<() => void>()
  #reads = 0
  #withdrawn = false
  #closed: (() => void) | undefined

  constructor(content: Uint8Array | number, size: number, sha256?: string) {
    this.#content = content
    this.size = size
    this.sha256 = sha256
  }

  /** A file of a text in memory; needs no owner, since nothing has to be given back. */
  static ofText(text: string): ServedFile {
    const bytes = Buffer.from(text, "utf8")
    return new ServedFile(bytes, bytes.length)
  }

  get withdrawn(): boolean {
    return this.#withdrawn
  }

  /** Calls `listener` when the file is withdrawn; the result takes the listener away again. */
  onWithdrawn(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /**
   * Fills `views` one after the other from `position` (bytes), then calls `done` with the number of
   * bytes read; fewer than asked for means the end of the file. Memory answers before `read` returns.
   */
  read(
    views: ReadonlyArray<Uint8Array>,
    position: number,
    done: (error: Error | undefined, bytes: number) => void,
  ): void {
    if (this.#withdrawn) return done(new Error("the file is no longer published"), 0)
    if (typeof this.#content !== "number") {
      return done(undefined, copy(this.#content, views, position))
    }
    this.#reads++
    readv(this.#content, views, position, (error, bytes) => {
      if (--this.#reads === 0) this.#closed?.()
      done(error ?? undefined, bytes)
    })
  }

  /** Ends all transfers of the file and closes it as soon as no read is under way. */
  async withdraw(): Promise<void> {
    if (this.#withdrawn) return
    this.#withdrawn = true
    for (const listener of this.#listeners) listener()
    this.#listeners.clear()
    if (typeof this.#content !== "number") return
    if (this.#reads > 0) await new Promise<void>((resolve) => (this.#closed = resolve))
    await closeDescriptor(this.#content).catch(() => undefined)
  }
}

/**
 * Opens a source for serving until the Scope closes. A symbolic link is followed here and never again.
 * Fails with ConfigurationError if there is no such regular file, InfrastructureError if it cannot be
 * read.
 */
export const serveFile = (
  source: FileSource,
): Effect.Effect<ServedFile, ConfigurationError | InfrastructureError, Scope.Scope> =>
  Effect.acquireRelease(openSource(source), (file) => Effect.promise(() => file.withdraw()))

/** The same, read into memory at once, so that it can be served on after its Scope has closed. */
export const loadFile = (
  source: FileSource,
): Effect.Effect<ServedFile, ConfigurationError | InfrastructureError> => {
  if (!("path" in source)) return openSource(source)
  return Effect.tryPromise({
    try: () => readFile(source.path),
    catch: (error) => openError(source.path, error as NodeJS.ErrnoException),
  }).pipe(Effect.map((bytes) => new ServedFile(bytes, bytes.length, source.sha256)))
}

const openSource = (
  source: FileSource,
): Effect.Effect<ServedFile, ConfigurationError | InfrastructureError> => {
  if ("path" in source) {
    return Effect.tryPromise({
      try: () => openPath(source.path, source.sha256),
      catch: (error) => openError(source.path, error as NodeJS.ErrnoException),
    })
  }
  const bytes = "bytes" in source ? source.bytes : Buffer.from(source.text, "utf8")
  return Effect.succeed(new ServedFile(bytes, bytes.length, source.sha256))
}

const openPath = async (path: string, sha256: string | undefined): Promise<ServedFile> => {
  // Without O_NONBLOCK the opening of a named pipe would wait for a writer.
  const descriptor = await openDescriptor(path, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    const stat = await statDescriptor(descriptor)
    if (!stat.isFile()) throw Object.assign(new Error(), { code: "ENOTFILE" })
    return new ServedFile(descriptor, stat.size, sha256)
  } catch (error) {
    await closeDescriptor(descriptor)
    throw error
  }
}

const openError = (path: string, error: NodeJS.ErrnoException) => {
  if (error.code !== undefined && ["ENOENT", "ENOTFILE", "EISDIR"].includes(error.code)) {
    return new ConfigurationError({
      message: `${path} was to be served to the device, but it is not a regular file here.`,
      cause: error,
    })
  }
  return new InfrastructureError({
    message: `${path} was to be served to the device, but it cannot be read: ${error.message}.`,
    cause: error,
  })
}

const copy = (content: Uint8Array, views: ReadonlyArray<Uint8Array>, position: number): number => {
  let at = position
  for (const view of views) {
    const part = content.subarray(at, at + view.length)
    view.set(part)
    at += part.length
  }
  return Math.max(0, at - position)
}

const openDescriptor = promisify(open)
const closeDescriptor = promisify(close)
const statDescriptor = promisify(fstat)
