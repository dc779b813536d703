import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { directoryStorage } from "../../../src/core/packages/directory-storage.ts"
import { openWritable, type WritableStorage } from "../../../src/core/packages/storage.ts"
import { temporaryDirectory } from "../console/peers.ts"
import { type Sshd, sshd } from "../ssh/sshd.ts"

/** A repository that can be changed, and the directory in which its files are. */
export interface Place {
  readonly storage: WritableStorage
  readonly directory: string
}

/** The kinds of repository that can be changed, each empty. */
export const places: Readonly<Record<string, Effect.Effect<Place, unknown, Scope.Scope>>> = {
  "a directory": Effect.map(temporaryDirectory, (directory) => ({
    directory,
    storage: directoryStorage(directory),
  })),
  "a directory of another host": Effect.gen(function* () {
    const server = yield* sshd(`Subsystem sftp /usr/lib/openssh/sftp-server`)
    const directory = yield* temporaryDirectory
    return { directory, storage: yield* overSsh(server, directory) }
  }),
}

/** A directory by an ssh server. */
export const overSsh = (
  { settings }: Sshd,
  path: string,
): Effect.Effect<WritableStorage, unknown, Scope.Scope> =>
  openWritable({ type: "ssh", login: settings(), path })

/**
 * An ssh server on which a directory is a small disk of its own, a tmpfs that only its sftp-server sees.
 *
 * @param size of the disk, as mount takes it: "4m"
 */
export const sshdWithDisk = (size: string) =>
  Effect.gen(function* () {
    const directory = join(yield* temporaryDirectory, "disk")
    const script = join(yield* temporaryDirectory, "sftp-server")
    const mount = `mount -t tmpfs -o size=${size} none ${directory}`
    const server = yield* sshd(`Subsystem sftp unshare -Urm sh ${script}`)
    mkdirSync(directory)
    writeFileSync(script, `${mount} && exec /usr/lib/openssh/sftp-server\n`)
    return { server, directory }
  })
