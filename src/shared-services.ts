import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import { ArtifactCache } from "./core/artifacts/artifact-cache.ts"
import type { Lab } from "./core/lab/load-lab.ts"
import { DeviceServers } from "./core/net/servers.ts"
import type { SharedServices } from "./run-job.ts"

/**
 * What the jobs of one lab share in this process. Nothing is held while no job runs: the servers start with
 * the first job that needs them and stop with the last.
 */
const runtimes = new WeakMap<Lab, ManagedRuntime.ManagedRuntime<SharedServices, never>>()

/** Jobs of all labs share one cache. */
const artifactCache = ArtifactCache.layer()
const memoMap = Layer.makeMemoMapUnsafe()

/** The context in which jobs of this lab run. */
export const sharedServices = (lab: Lab): Effect.Effect<Context.Context<SharedServices>> =>
  Effect.suspend(() => runtimeOf(lab).contextEffect)

const runtimeOf = (lab: Lab): ManagedRuntime.ManagedRuntime<SharedServices, never> => {
  const known = runtimes.get(lab)
  if (known) return known
  const made = ManagedRuntime.make(
    Layer.mergeAll(artifactCache, DeviceServers.layer(lab.dispatcher)),
    { memoMap },
  )
  runtimes.set(lab, made)
  return made
}
