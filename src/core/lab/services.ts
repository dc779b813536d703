import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Artifacts } from "../artifacts/artifacts.ts"
import type { Console } from "../console/console.ts"
import type { NodeRole } from "../job/nodes.ts"
import type { Exchange } from "../multinode/exchange.ts"
import type { JobSegment } from "../net/segment/segment.ts"
import type { DeviceServers } from "../net/servers.ts"
import type { ConfigurationError, InfrastructureError } from "../pipeline/errors.ts"
import type { PipelineServices } from "../pipeline/run.ts"
import type { Power } from "../power/power.ts"
import type { Device } from "./device.ts"

/** What an action may know of the job that it belongs to. */
export class CurrentJob extends Context.Service<
  CurrentJob,
  {
    /** Unique on this machine: names the overlay on the device and the job's directory. */
    readonly id: string
    /** The `job_name`. */
    readonly name: string
    readonly device: Device
    /** A directory of the job's own, gone with it. */
    readonly directory: string
    /** Where files go that are to outlive the job, beside its recordings; undefined where nothing is kept. */
    readonly outputDirectory: string | undefined
    /** Who wants the job. */
    readonly submitter: string
    /** What the device is among the devices of the job; absent where it is alone. */
    readonly role?: NodeRole
  }
>()("lab-dispatch/CurrentJob") {}

/**
 * The device's console: opened by the first action that asks, and again where it was lost; closed with the job. Fails
 * with InfrastructureError where it cannot be opened, with ConfigurationError where the lab file does not say how.
 */
export class Connection extends Context.Service<
  Connection,
  {
    readonly console: Effect.Effect<Console, InfrastructureError | ConfigurationError>
    /**
     * What the console said belongs to the device's life before: to be called when the device is reset on purpose.
     * A login on the device itself ends with that life.
     */
    readonly endLife: Effect.Effect<void>
    /** Closes the console, whose line something else needs, or which is about to be gone; who asks next opens it again. */
    readonly close: Effect.Effect<void>
  }
>()("lab-dispatch/Connection") {}

/** What every action of a device can ask for; the Scope is the job's. */
export type JobServices =
  | PipelineServices
  | Scope.Scope
  | CurrentJob
  | Connection
  | Power
  | Artifacts
  | DeviceServers
  | Exchange
  | JobSegment
