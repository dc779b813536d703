import * as Effect from "effect/Effect"
import { InfrastructureError, JobError } from "../pipeline/errors.ts"

/** What to clone, with LAVA's keys. */
export interface GitSource {
  readonly repository: string
  readonly branch?: string | undefined
  /** The commit to check out; it needs the whole history. */
  readonly revision?: string | undefined
  /** Without older commits. Default true. */
  readonly shallow?: boolean | undefined
  /** With submodules. Default false. */
  readonly recursive?: boolean | undefined
}

/** Longest time that a clone may take. */
const cloneSeconds = 600

/**
 * Clones a repository by the git command into a directory that does not exist or is empty; answers the
 * commit that is checked out. Interruption ends git.
 *
 * Fails with an InfrastructureError where the repository cannot be reached, git is missing or the time
 * is up, and with a JobError where there is no such branch or commit.
 */
export const clone = Effect.fn("git-clone")(function* (
  source: GitSource,
  directory: string,
  timeoutSeconds: number = cloneSeconds,
) {
  const { repository, branch, revision, shallow = true, recursive = false } = source
  const shown = withoutPassword(repository)
  const started = performance.now()
  const git = (...args: ReadonlyArray<string>) =>
    runGit(args, timeoutSeconds - (performance.now() - started) / 1000)

  const cloned = yield* git(
    "clone",
    "--quiet",
    ...(shallow && revision === undefined ? ["--depth=1"] : []),
    ...(branch === undefined ? [] : [`--branch=${branch}`]),
    ...(recursive ? ["--recurse-submodules"] : []),
    ...(recursive && shallow ? ["--shallow-submodules"] : []),
    "--",
    repository,
    directory,
  )
  if (cloned.failed) {
    if (/Remote branch \S+ not found/i.test(cloned.output)) {
      const message = `${shown} has no branch ${branch}`
      return yield* new JobError({ message })
    }
    const why = cloned.timedOut
      ? `git was not done within ${timeoutSeconds} s`
      : lastLine(cloned.output).replaceAll(repository, shown)
    const message = `cannot clone ${shown}: ${why}; check the address and the network`
    return yield* new InfrastructureError({ message })
  }
  if (revision !== undefined) {
    const checkedOut = yield* git("-C", directory, "checkout", "--quiet", "--detach", revision)
    if (checkedOut.failed) {
      const place = branch === undefined ? shown : `the branch ${branch} of ${shown}`
      const message = `${place} has no revision ${revision}: ${lastLine(checkedOut.output)}`
      return yield* new JobError({ message })
    }
    if (recursive) {
      const updated = yield* git(
        "-C",
        directory,
        "submodule",
        "update",
        "--quiet",
        "--init",
        "--recursive",
      )
      if (updated.failed) {
        const message = `cannot fetch the submodules of ${shown}: ${lastLine(updated.output)}`
        return yield* new InfrastructureError({ message })
      }
    }
  }
  const head = yield* git("-C", directory, "rev-parse", "HEAD")
  if (head.failed) {
    const message = `${shown} has no commits: ${lastLine(head.output)}`
    return yield* new JobError({ message })
  }
  return head.output.trim()
})

/** What is asked of execa's answer; its own type takes the compiler longer than all other files together. */
interface Ended {
  readonly failed: boolean
  readonly timedOut: boolean
  readonly code?: string | undefined
  readonly all?: string
}

/** Runs git and tells how it ended. Fails with InfrastructureError where there is no git. Interruption ends it. */
export const runGit = (args: ReadonlyArray<string>, timeoutSeconds: number) =>
  Effect.tryPromise({
    try: async (signal): Promise<Ended> => {
      const { execa } = await import("execa")
      const result = await execa("git", args, {
        all: true,
        cancelSignal: signal,
        // Never ask for a password: nobody is there to answer.
        env: { GIT_TERMINAL_PROMPT: "0", GIT_SSH_COMMAND: "ssh -oBatchMode=yes", LC_ALL: "C" },
        forceKillAfterDelay: 2000,
        reject: false,
        stdin: "ignore",
        timeout: Math.max(1, Math.ceil(timeoutSeconds * 1000)),
      })
      signal.throwIfAborted()
      return result
    },
    catch: (cause) =>
      new InfrastructureError({ message: `git cannot be run: ${String(cause)}`, cause }),
  }).pipe(
    Effect.flatMap((result) =>
      result.code === "ENOENT"
        ? Effect.fail(
            new InfrastructureError({
              message:
                "the program `git` is needed for test definitions, and this machine does not have it: apt install git",
            }),
          )
        : Effect.succeed({
            failed: result.failed,
            timedOut: result.timedOut,
            output: result.all ?? "",
          }),
    ),
  )

const lastLine = (text: string): string =>
  text
    .trim()
    .split("\n")
    .at(-1)
    ?.replace(/^(fatal|error): /, "") || "git does not say why"

const withoutPassword = (repository: string): string =>
  repository.replace(/^(\w[\w+.-]*:\/\/)[^/@]*@/, "$1")
