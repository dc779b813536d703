import { chmod, mkdir } from "node:fs/promises"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { ownedDirectory } from "../../owned-directory.ts"
import { InfrastructureError, messageOf } from "../../pipeline/errors.ts"
import type { Network } from "../network.ts"
import type { NfsSettings } from "../settings.ts"

/** A directory of this machine that a device can mount by NFS, until the Scope closes that it was made in. */
export interface NfsExport {
  /** The directory on this machine, empty at first. */
  readonly directory: string
  /** IP address of the NFS server. */
  readonly server: string
  /** What the device mounts from it. */
  readonly path: string
  /** The mount options that it takes: "vers=4.2,port=2049". */
  readonly options: string
  /** Fails when the server has ended before its time. */
  readonly broken: Effect.Effect<never, InfrastructureError>
}

/** Whose directory is to be exported, and to whom. */
export interface NfsRequest {
  /** The job's: names the directory. */
  readonly id: string
  /** A directory of the job's own, gone with it. */
  readonly jobDirectory: string
  /** The device's IP address, if nobody else is to be answered. */
  readonly from?: string
}

/** How this machine is reached. */
export interface NfsHost {
  readonly bind: string
  /** IP address by which devices reach this machine. */
  readonly address: string
  /** The network that the server is on. */
  readonly network: Network
}

/**
 * Makes a directory for a device's root file system and exports it: by the lab's own NFS server where the lab file
 * names one, else by an nfs-ganesha that is started for it. Both go with the Scope.
 *
 * Fails with InfrastructureError where the directory cannot be made or the server does not start.
 */
export const nfsExport = (
  settings: NfsSettings,
  host: NfsHost,
  request: NfsRequest,
): Effect.Effect<NfsExport, InfrastructureError, Scope.Scope> =>
  Effect.gen(function* () {
    const parent = settings.directory ?? settings.export
    const own =
      parent === undefined
        ? request.jobDirectory
        : yield* ownedDirectory(`the directory for the NFS root in ${parent}`, request.id, () =>
            Promise.resolve(parent),
          )
    const directory = join(own, "nfsroot")
    // Nobody else of this machine gets to it, since its parent is this user's; on the device everybody does.
    yield* Effect.tryPromise({
      try: async () => {
        await mkdir(directory)
        await chmod(directory, 0o755)
      },
      catch: (cause) =>
        new InfrastructureError({
          message: `the directory of the NFS root cannot be made: ${messageOf(cause)}`,
          cause,
        }),
    })
    if (settings.export !== undefined) {
      return {
        directory,
        server: settings.server ?? host.address,
        path: join(settings.export, own.slice((parent ?? "").length), "nfsroot"),
        options: settings.options ?? "vers=4",
        broken: Effect.never,
      }
    }
    const { startGanesha } = yield* Effect.promise(() => import("./ganesha.ts"))
    return yield* startGanesha({ ...settings, ...host, ...request, directory })
  })
