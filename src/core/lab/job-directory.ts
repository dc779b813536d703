import { mkdir, readdir, rm } from "node:fs/promises"
import { join } from "node:path"
import { promisify } from "node:util"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { DirOptions } from "tmp"
import { ownerIsGone, ownerPrefix } from "../owner.ts"
import { InfrastructureError, messageOf } from "../pipeline/errors.ts"
import { privateDirectory } from "../private-directory.ts"

/**
 * Makes a directory for one job, gone with the Scope. What killed dispatchers of this user left behind is
 * removed on the way: the names tell whose they were.
 */
export const jobDirectory = (id: string): Effect.Effect<string, InfrastructureError, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.tryPromise({
      try: async () => {
        const all = join(await privateDirectory(), "jobs")
        await mkdir(all, { recursive: true, mode: 0o700 })
        await sweep(all)
        const { dir } = await import("tmp")
        return await promisify<DirOptions, string>(dir)({
          tmpdir: all,
          name: `${ownerPrefix()}${id}`,
        })
      },
      catch: (cause) =>
        new InfrastructureError({
          message: `the job's temporary directory cannot be made: ${messageOf(cause)}`,
          cause,
        }),
    }),
    (path) => Effect.promise(() => rm(path, { recursive: true, force: true })),
  )

const sweep = async (all: string): Promise<void> => {
  for (const name of await readdir(all)) {
    if (ownerIsGone(name) === true) await rm(join(all, name), { recursive: true, force: true })
  }
}
