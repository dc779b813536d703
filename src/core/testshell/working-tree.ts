import { cp, lstat, mkdir, stat } from "node:fs/promises"
import { dirname, join } from "node:path"
import * as Effect from "effect/Effect"
import { InfrastructureError, JobError, messageOf } from "../pipeline/errors.ts"
import { runGit } from "./git.ts"

/** Longest time that git may take to list the files of a directory. */
const listSeconds = 60

/**
 * Copies a directory of this machine as it is now. Of a git working tree, what git ignores stays behind, and so does
 * its history; what was not committed comes along.
 *
 * Fails with a JobError where there is no such directory, with an InfrastructureError where it cannot be copied.
 */
export const copyWorkingTree = Effect.fn("copy-working-tree")(function* (
  source: string,
  directory: string,
) {
  const isDirectory = yield* Effect.promise(() =>
    stat(source).then(
      (found) => found.isDirectory(),
      () => false,
    ),
  )
  if (!isDirectory) return yield* new JobError({ message: `there is no directory ${source}` })
  const listed = yield* runGit(
    ["-C", source, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
    listSeconds,
  )
  const names = listed.failed ? ["."] : [...new Set(listed.output.split("\0"))].filter(Boolean)
  yield* Effect.tryPromise({
    try: async () => {
      for (const name of names) await copy(join(source, name), join(directory, name))
    },
    catch: (cause) =>
      new InfrastructureError({
        message: `${source} cannot be copied: ${messageOf(cause)}`,
        cause,
      }),
  })
})

/** Copies a file, a link as a link, or a directory, a submodule's say; nothing where it was removed since. */
const copy = async (from: string, to: string): Promise<void> => {
  const found = await lstat(from).catch(() => undefined)
  if (!found) return
  await mkdir(dirname(to), { recursive: true })
  await cp(from, to, { recursive: true, verbatimSymlinks: true })
}
