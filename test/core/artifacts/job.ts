import { mkdtemp, readdir, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import type { Artifact, LocalArtifact, OnProgress } from "../../../src/core/artifacts/artifact.ts"
import {
  ArtifactCache,
  type ArtifactCacheOptions,
} from "../../../src/core/artifacts/artifact-cache.ts"
import { Artifacts } from "../../../src/core/artifacts/artifacts.ts"
import type { Repository } from "../../../src/core/packages/repository.ts"
import type { ArtifactError } from "../../../src/core/artifacts/artifact.ts"

/** A temporary directory that is removed in the end. */
export const temporary = async (
  parent: string = tmpdir(),
): Promise<AsyncDisposable & { readonly path: string }> => {
  const path = await mkdtemp(join(parent, "artifacts-test-"))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}

/** A job that fetches artifacts. */
export interface Job {
  readonly fetch: (
    artifact: Artifact,
    options?: { onProgress?: OnProgress; signal?: AbortSignal },
  ) => Promise<LocalArtifact>
  /** The error that fetching fails with. */
  readonly failure: (artifact: Artifact) => Promise<ArtifactError>
  readonly end: () => Promise<void>
}

/** A process's cache, impatient, so that tests are quick. */
export const openCache = async (options: ArtifactCacheOptions & { readonly directory: string }) => {
  const patience = { stallSeconds: 5, attempts: 3, pauseSeconds: 0.01, ...options.patience }
  const cache = ManagedRuntime.make(ArtifactCache.layer({ ...options, patience }))
  const context = await cache.context()
  const startJob = (
    directory = options.directory,
    repositories: ReadonlyArray<Repository> = [],
  ): Job => {
    const layer = Artifacts.layer(directory, repositories).pipe(
      Layer.provide(Layer.succeedContext(context)),
    )
    const job = ManagedRuntime.make(layer)
    const fetch = (artifact: Artifact, onProgress: OnProgress = () => {}) =>
      Effect.flatMap(Artifacts, (artifacts) => artifacts.fetch(artifact, { onProgress }))
    return {
      fetch: (artifact, { onProgress, signal } = {}) =>
        job.runPromise(fetch(artifact, onProgress), signal && { signal }),
      failure: (artifact) => job.runPromise(Effect.flip(fetch(artifact))),
      end: () => job.dispose(),
    }
  }
  return { startJob, [Symbol.asyncDispose]: () => cache.dispose() }
}

/** Names in one of the cache's directories. */
export const listed = (directory: string, name: "content" | "notes" | "work") =>
  readdir(join(directory, name)).catch(() => [])
