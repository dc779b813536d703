import { rm } from "node:fs/promises"
import { join, resolve } from "node:path"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as RcMap from "effect/RcMap"
import * as Scope from "effect/Scope"
import { cacheDirectory } from "../user-directory.ts"
import { abortable } from "./abortable.ts"
import type { ArtifactError, LocalArtifact, OnProgress } from "./artifact.ts"
import { obtain, type Wanted } from "./obtain.ts"
import type { DownloadPatience } from "./patience.ts"
import { fileName } from "./source.ts"
import { linkOrCopy, Store } from "./store.ts"

/** How the cache of a process is set up; each key has a default. */
export interface ArtifactCacheOptions {
  /** Default: `lab-dispatch/artifacts` in $XDG_CACHE_HOME or ~/.cache. One user's; any number of processes. */
  readonly directory?: string
  /** Bytes to keep; default 20 GB. What running jobs use is kept beyond that. */
  readonly maxBytes?: number
  /** When a download is given up; default: 5 attempts in a row without a new byte, 60 s without one. */
  readonly patience?: Partial<DownloadPatience>
}

const defaultPatience: DownloadPatience = { stallSeconds: 60, attempts: 5, pauseSeconds: 0.5 }

/**
 * The files of all jobs of this process, and on disk of all processes: jobs that want the same file at
 * the same time share one download, which ends when the last of them is interrupted.
 */
export class ArtifactCache extends Context.Service<
  ArtifactCache,
  {
    /** Gets a file; it stays at its path until the Scope is closed. */
    readonly fetch: (
      wanted: Wanted,
      onProgress: OnProgress,
    ) => Effect.Effect<LocalArtifact, ArtifactError, Scope.Scope>
  }
>()("lab-dispatch/ArtifactCache") {
  /** The cache in a directory. Nothing is made there before the first fetch. */
  static readonly layer = (options: ArtifactCacheOptions = {}): Layer.Layer<ArtifactCache> =>
    Layer.effect(ArtifactCache, make(options))
}

const make = Effect.fn("artifact-cache")(function* (options: ArtifactCacheOptions) {
  const { directory = cacheDirectory("artifacts"), maxBytes = 20e9 } = options
  const patience = { ...defaultPatience, ...options.patience }
  const store = new Store(resolve(directory), maxBytes)
  yield* Effect.ignore(abortable(() => store.sweep()))

  const workDirectory = Effect.acquireRelease(
    abortable(() => store.workDirectory()),
    (path) => Effect.ignore(abortable(() => rm(path, { recursive: true, force: true }))),
  )

  /** Begins to obtain a file; it lies in a directory that goes with the Scope. */
  const begin = Effect.fn("obtain-artifact")(function* (wanted: Wanted) {
    const listeners = new Set<OnProgress>()
    const onProgress: OnProgress = (progress) => {
      for (const listener of listeners) listener(progress)
    }
    const work = yield* workDirectory
    const means = { store, work, patience, onProgress }
    const file = yield* Effect.forkScoped(abortable((signal) => obtain(wanted, means, signal)))
    return { listeners, file }
  })

  /** What is being obtained, each once; ends when the last who wants it leaves. */
  const running = yield* RcMap.make({ lookup: begin })

  const fetch = Effect.fn("fetch-shared")(function* (wanted: Wanted, onProgress: OnProgress) {
    const keeper = yield* Scope.Scope
    return yield* Effect.scoped(
      Effect.gen(function* () {
        const { listeners, file } = yield* RcMap.get(running, wanted)
        yield* Effect.acquireRelease(
          Effect.sync(() => listeners.add(onProgress)),
          () => Effect.sync(() => listeners.delete(onProgress)),
        )
        const { path, size, sha256 } = yield* Fiber.join(file)
        const { source, compression } = wanted
        const name = fileName(source, compression)
        if (source.type === "file" && path === source.path) return { path, size, sha256, name }
        const own = join(yield* Effect.provideService(workDirectory, Scope.Scope, keeper), name)
        yield* abortable(() => linkOrCopy(path, own))
        return { path: own, size, sha256, name }
      }),
    )
  })

  return ArtifactCache.of({ fetch })
})
