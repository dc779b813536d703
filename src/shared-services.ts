import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import type * as Scope from "effect/Scope"
import * as Semaphore from "effect/Semaphore"
import { ArtifactCache } from "./core/artifacts/artifact-cache.ts"
import type { Lab } from "./core/lab/load-lab.ts"
import { DeviceServers } from "./core/net/servers.ts"
import { strayLog } from "./core/report/service-log.ts"
import type { SharedServices } from "./run-node.ts"

/** What the jobs of one lab share in this process, and how many of them there are. */
interface Shared {
  readonly runtime: ManagedRuntime.ManagedRuntime<SharedServices, never>
  jobs: number
}

const inUse = new WeakMap<Lab, Shared>()

/** One job at a time comes or goes: a port must be given back before it can be had again. */
const door = Semaphore.makeUnsafe(1)

/** Jobs of all labs share one cache. */
const artifactCache = ArtifactCache.layer()
const memoMap = Layer.makeMemoMapUnsafe()

/**
 * The context in which a job of this lab runs, until its Scope closes. Nothing is held while no job runs: the
 * servers start with the first job that needs them and stop with the last.
 */
export const sharedServices = (
  lab: Lab,
): Effect.Effect<Context.Context<SharedServices>, never, Scope.Scope> =>
  Effect.acquireRelease(enter(lab), (shared) => leave(lab, shared)).pipe(
    Effect.flatMap(({ runtime }) => runtime.contextEffect),
  )

const enter = (lab: Lab): Effect.Effect<Shared> =>
  door.withPermits(1)(
    Effect.sync(() => {
      const shared = inUse.get(lab) ?? { runtime: makeRuntime(lab), jobs: 0 }
      inUse.set(lab, shared)
      shared.jobs++
      return shared
    }),
  )

const leave = (lab: Lab, shared: Shared): Effect.Effect<void> =>
  door.withPermits(1)(
    Effect.suspend(() => {
      if (--shared.jobs > 0) return Effect.void
      inUse.delete(lab)
      return shared.runtime.disposeEffect
    }),
  )

const makeRuntime = (lab: Lab): Shared["runtime"] =>
  ManagedRuntime.make(
    Layer.mergeAll(
      artifactCache,
      DeviceServers.layer(lab.dispatcher, lab.log && strayLog(lab.log)),
    ),
    { memoMap },
  )
