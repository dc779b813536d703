import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import { remainingSeconds } from "../pipeline/deadline.ts"
import { type ConfigurationError, InfrastructureError } from "../pipeline/errors.ts"
import type { Repository } from "../packages/repository.ts"
import { fromRepositories, isPackage } from "../packages/resolve.ts"
import type {
  Artifact,
  ArtifactError,
  DownloadProgress,
  LocalArtifact,
  OnProgress,
} from "./artifact.ts"
import { ArtifactCache } from "./artifact-cache.ts"
import type { Checksums } from "./checksum.ts"
import type { Wanted } from "./obtain.ts"
import { locate, shown, type Source } from "./source.ts"

/** Gets the files that a job names onto this machine. */
export class Artifacts extends Context.Service<
  Artifacts,
  {
    /**
     * Downloads an artifact, verifies its checksums, decompresses it, and answers where it is. A plain
     * file on this machine is used in place. The file stays until the job ends.
     *
     * Fails with a JobError where the URL, the checksum or the compression is wrong, with an
     * InfrastructureError where the server or the network is, or where the action's time is up, and
     * with a ConfigurationError where the URL is none that can be fetched. Interruption ends a
     * download at once, unless another job waits for it too.
     */
    readonly fetch: (
      artifact: Artifact,
      options?: { readonly onProgress?: OnProgress },
    ) => Effect.Effect<LocalArtifact, ArtifactError>
  }
>()("lab-dispatch/Artifacts") {
  /**
   * Artifacts of one job; paths in its URLs are relative to `directory`, the job file's.
   *
   * @param repositories where `package://` is looked for, in this order
   */
  static readonly layer = (
    directory: string,
    repositories: ReadonlyArray<Repository> = [],
  ): Layer.Layer<Artifacts, never, ArtifactCache> =>
    Layer.effect(Artifacts, make(directory, repositories))
}

const make = Effect.fn("artifacts")(function* (
  directory: string,
  repositories: ReadonlyArray<Repository>,
) {
  const cache = yield* ArtifactCache
  const scope = yield* Scope.Scope

  const fetchFrom = Effect.fn("fetch-artifact")(function* (
    source: Source,
    artifact: Artifact,
    options: { readonly onProgress?: OnProgress } = {},
  ) {
    const wanted = wantedOf(source, artifact)
    let seen: DownloadProgress = { received: 0 }
    const onProgress = (progress: DownloadProgress) => {
      seen = progress
      options.onProgress?.(progress)
    }
    const seconds = yield* remainingSeconds
    return yield* cache.fetch(wanted, onProgress).pipe(
      Effect.provideService(Scope.Scope, scope),
      Effect.timeoutOrElse({
        duration: seconds * 1000,
        orElse: () => Effect.fail(tooSlow(wanted, seen, seconds)),
      }),
    )
  })

  return Artifacts.of({
    fetch: (artifact, options) =>
      isPackage(artifact)
        ? fromRepositories(artifact, repositories, (source, each) =>
            fetchFrom(source, each, options),
          )
        : Effect.flatMap(located(artifact.url, directory), (source) =>
            fetchFrom(source, artifact, options),
          ),
  })
})

const located = (url: string, directory: string): Effect.Effect<Source, ConfigurationError> =>
  Effect.try({
    try: () => locate(url, directory),
    catch: (error) => error as ConfigurationError,
  })

const wantedOf = (source: Source, artifact: Artifact): Wanted => ({
  source,
  checksums: checksumsOf(artifact),
  compression: artifact.compression === "zst" ? "zstd" : artifact.compression,
  headers: { ...artifact.headers },
  useCache: artifact.use_cache ?? true,
})

const checksumsOf = ({ sha256sum, sha512sum, md5sum }: Artifact): Checksums => ({
  ...(sha256sum !== undefined && { sha256: sha256sum.toLowerCase() }),
  ...(sha512sum !== undefined && { sha512: sha512sum.toLowerCase() }),
  ...(md5sum !== undefined && { md5: md5sum.toLowerCase() }),
})

const tooSlow = ({ source }: Wanted, { received, total }: DownloadProgress, seconds: number) =>
  new InfrastructureError({
    message: `${shown(source)} was not ready within ${Number(seconds.toFixed(1))} s: ${received} of ${total ?? "an unknown number of"} bytes were downloaded; give the action a longer timeout or find out what is slow`,
  })
