import { readFile } from "node:fs/promises"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import type { Artifact, ArtifactError, LocalArtifact } from "../artifacts/artifact.ts"
import { type Checksums, WrongChecksum } from "../artifacts/checksum.ts"
import { shown, type Source } from "../artifacts/source.ts"
import { ConfigurationError, InfrastructureError, JobError } from "../pipeline/errors.ts"
import { Events } from "../pipeline/events.ts"
import { checksumFile, parseChecksumFile } from "./checksum-file.ts"
import { type Repository, within } from "./repository.ts"

const scheme = /^package:\/\//i

/** Whether an artifact is to be looked for in the lab's repositories. */
export const isPackage = ({ url }: Artifact): boolean => scheme.test(url)

/** Gets an artifact from a place, whatever its URL says. */
type Fetch<R> = (
  source: Source,
  artifact: Artifact,
) => Effect.Effect<LocalArtifact, ArtifactError, R>

/**
 * Gets the artifact `package://NAME` from the first repository that has it as the job wants it, and as the
 * repository's own packages.checksum says: where a file is missing, cannot be had or has another checksum, the next
 * one is asked. The job's log tells which was passed over, and why.
 */
export const fromRepositories = <R>(
  artifact: Artifact,
  repositories: ReadonlyArray<Repository>,
  fetch: Fetch<R>,
): Effect.Effect<LocalArtifact, ArtifactError, R> => {
  const name = artifact.url.replace(scheme, "")
  return Effect.gen(function* () {
    if (name.split("/").some((part) => part === ".." || part === "." || part === "")) {
      return yield* new ConfigurationError({
        message: `${artifact.url} names no package: expected package://NAME`,
      })
    }
    if (repositories.length === 0) {
      return yield* new ConfigurationError({
        message: `${artifact.url} cannot be found: the lab file names no "repositories"`,
      })
    }
    const events = yield* Effect.serviceOption(Events)
    const failures: Array<ArtifactError> = []
    for (const repository of repositories) {
      const found = yield* Effect.result(fromRepository(artifact, name, repository, fetch))
      if (Result.isSuccess(found)) {
        if (failures.length > 0 && Option.isSome(events)) {
          const level = failures.some(isWorrying) ? "warning" : "debug"
          const message = `${artifact.url} is taken from ${shown(repository.fetch)}, since ${reasons(failures)}`
          events.value.emit({ type: "log", level, message })
        }
        return found.success
      }
      failures.push(found.failure)
    }
    const message = `${artifact.url} is in none of the repositories: ${reasons(failures)}`
    return yield* failures.every(({ _tag }) => _tag === "InfrastructureError")
      ? new InfrastructureError({ message })
      : new JobError({ message })
  })
}

/** Whether a repository has failed; not to have a package is none. */
const isWorrying = ({ _tag, cause }: ArtifactError): boolean =>
  _tag !== "JobError" || cause instanceof WrongChecksum

const reasons = (failures: ReadonlyArray<ArtifactError>) =>
  failures.map(({ message }) => message).join("; ")

const fromRepository = <R>(
  artifact: Artifact,
  name: string,
  { fetch: place }: Repository,
  fetch: Fetch<R>,
) =>
  Effect.gen(function* () {
    const source = within(place, name)
    const { md5, sha256 } = yield* listedChecksums(artifact, name, place, fetch)
    const { md5sum = md5, sha256sum = sha256 } = artifact
    for (const [kind, listed, wanted] of [
      ["md5", md5, md5sum],
      ["sha256", sha256, sha256sum],
    ] as const) {
      if (listed === undefined || listed === wanted?.toLowerCase()) continue
      return yield* new JobError({
        cause: new WrongChecksum(),
        message: `${shown(source)} is not the file that the job expects: expected ${kind}sum ${wanted}, ${checksumFile} there lists ${listed}`,
      })
    }
    return yield* fetch(source, {
      ...artifact,
      ...(md5sum !== undefined && { md5sum }),
      ...(sha256sum !== undefined && { sha256sum }),
    })
  })

/** What a repository's packages.checksum says of a package; nothing where there is no such file. */
const listedChecksums = <R>(
  { headers, use_cache }: Artifact,
  name: string,
  place: Source,
  fetch: Fetch<R>,
): Effect.Effect<Checksums, ArtifactError, R> => {
  const list: Artifact = {
    url: checksumFile,
    ...(headers && { headers }),
    ...(use_cache !== undefined && { use_cache }),
  }
  return fetch(within(place, checksumFile), list).pipe(
    Effect.flatMap(({ path }) => Effect.promise(() => readFile(path, "utf8"))),
    Effect.map((text) => parseChecksumFile(text).get(name) ?? {}),
    Effect.catchTag("JobError", () => Effect.succeed({})),
  )
}
