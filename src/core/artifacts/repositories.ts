import * as Effect from "effect/Effect"
import { ConfigurationError, JobError } from "../pipeline/errors.ts"
import type { Artifact, ArtifactError } from "./artifact.ts"

const scheme = /^package:\/\//i

/**
 * Gets an artifact by `fetch`; one named `package://NAME` from the first of the repositories that has it as
 * the job wants it: where a file is missing or has another checksum, the next repository is asked.
 *
 * @param repositories directories or http(s) URLs
 */
export const fromRepositories = <A, R>(
  artifact: Artifact,
  repositories: ReadonlyArray<string>,
  fetch: (artifact: Artifact) => Effect.Effect<A, ArtifactError, R>,
): Effect.Effect<A, ArtifactError, R> => {
  if (!scheme.test(artifact.url)) return fetch(artifact)
  const name = artifact.url.replace(scheme, "")
  return Effect.gen(function* () {
    if (name === "" || name.split("/").some((part) => part === ".." || part === "")) {
      return yield* new ConfigurationError({
        message: `${artifact.url} names no package: expected package://NAME`,
      })
    }
    if (repositories.length === 0) {
      return yield* new ConfigurationError({
        message: `${artifact.url} cannot be found: the lab file names no "repositories"`,
      })
    }
    const reasons: Array<string> = []
    for (const repository of repositories) {
      const url = `${repository.replace(/\/+$/, "")}/${name}`
      const found = yield* Effect.result(fetch({ ...artifact, url }))
      if (found._tag === "Success") return found.success
      reasons.push(found.failure.message)
    }
    return yield* new JobError({
      message: `${artifact.url} is in none of the repositories: ${reasons.join("; ")}`,
    })
  })
}
