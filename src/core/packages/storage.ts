import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { InfrastructureError } from "../pipeline/errors.ts"
import { openSftp } from "../ssh/sftp.ts"
import { directoryStorage } from "./directory-storage.ts"
import { httpStorage } from "./http-storage.ts"
import type { PackagePlace, UploadPlace } from "./repository.ts"
import { sftpStorage } from "./sftp-storage.ts"

/** A file of a repository, without what is in it. */
export interface StoredFile {
  readonly name: string
  /** In bytes, where it is known. */
  readonly size: number | undefined
  /** When it was written last and read last, in milliseconds since 1970, where it is known. */
  readonly modified: number | undefined
  readonly read: number | undefined
}

/** The files of a repository. What its functions reject with has Node's `code` where a file is missing: ENOENT. */
export interface Storage {
  /** Those that can be known, without what is in directories. */
  readonly list: () => Promise<ReadonlyArray<StoredFile>>
  readonly read: (name: string, signal: AbortSignal) => AsyncIterable<Uint8Array>
}

/** The files of a repository that can be changed. */
export interface WritableStorage extends Storage {
  /**
   * Writes a new file that everybody may read, and brings it to the disk. Rejects where there is one of this name
   * already; nothing stays of one that is not whole, as long as the storage can be reached.
   */
  readonly create: (name: string, content: AsyncIterable<Uint8Array>) => Promise<void>
  /** Gives a file another name, in one step; what had it is gone. */
  readonly rename: (from: string, to: string) => Promise<void>
  readonly remove: (name: string) => Promise<void>
  /** Bytes that may still be written; undefined where that cannot be known. */
  readonly freeBytes: () => Promise<number | undefined>
}

/** Opens a repository's files to be read, until the Scope closes. */
export const openStorage = (
  place: PackagePlace,
): Effect.Effect<Storage, InfrastructureError, Scope.Scope> =>
  place.type === "http" ? Effect.succeed(httpStorage(place.url)) : openWritable(place)

/** Opens a repository's files to be changed, until the Scope closes. */
export const openWritable = (
  place: UploadPlace,
): Effect.Effect<WritableStorage, InfrastructureError, Scope.Scope> =>
  place.type === "file"
    ? Effect.succeed(directoryStorage(place.path))
    : Effect.map(openSftp(place.login), (sftp) => sftpStorage(sftp, place.path))
