import { readdir, rm } from "node:fs/promises"
import { join } from "node:path"
import { promisify } from "node:util"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { DirOptions } from "tmp"
import { ownerIsGone, ownerPrefix } from "./owner.ts"
import { InfrastructureError, messageOf } from "./pipeline/errors.ts"

/**
 * Makes a directory that only this user can enter, gone with the Scope. What killed dispatchers left behind beside it
 * is removed on the way: the names tell whose they were.
 *
 * @param what names it in an error: "the job's temporary directory"
 * @param id ends its name
 * @param parent makes or finds the directory that it is made in
 */
export const ownedDirectory = (
  what: string,
  id: string,
  parent: () => Promise<string>,
): Effect.Effect<string, InfrastructureError, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.tryPromise({
      try: async () => {
        const all = await parent()
        await sweep(all)
        const { dir } = await import("tmp")
        return await promisify<DirOptions, string>(dir)({
          tmpdir: all,
          name: `${ownerPrefix()}${id}`,
        })
      },
      catch: (cause) =>
        new InfrastructureError({ message: `${what} cannot be made: ${messageOf(cause)}`, cause }),
    }),
    (path) => Effect.promise(() => rm(path, { recursive: true, force: true })),
  )

const sweep = async (all: string): Promise<void> => {
  for (const name of await readdir(all)) {
    if (ownerIsGone(name) === true) await rm(join(all, name), { recursive: true, force: true })
  }
}
