import { mkdir } from "node:fs/promises"
import { join } from "node:path"
import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { ownedDirectory } from "../owned-directory.ts"
import type { InfrastructureError } from "../pipeline/errors.ts"
import { privateDirectory } from "../private-directory.ts"

/**
 * Makes a directory for one job, gone with the Scope. What killed dispatchers of this user left behind is
 * removed on the way.
 */
export const jobDirectory = (id: string): Effect.Effect<string, InfrastructureError, Scope.Scope> =>
  ownedDirectory("the job's temporary directory", id, async () => {
    const all = join(await privateDirectory(), "jobs")
    await mkdir(all, { recursive: true, mode: 0o700 })
    return all
  })
