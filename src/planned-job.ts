import type { NodeRole } from "./core/job/nodes.ts"
import type { Device } from "./core/lab/device.ts"
import type { JobServices } from "./core/lab/services.ts"
import type { SegmentPlan } from "./core/net/segment/segment.ts"
import type { Repository } from "./core/packages/repository.ts"
import type { Plan } from "./core/pipeline/plan.ts"

/** A job that is ready to run. */
export interface PlannedJob {
  /** Unique on this machine. */
  readonly id: string
  readonly name: string
  /** Who wants it. */
  readonly submitter: string
  readonly nodes: readonly [PlannedNode, ...Array<PlannedNode>]
  /** The network segment that its devices have to themselves, where it asks for one. */
  readonly segment: SegmentPlan | undefined
  /** The name that no other job may have while this one runs. */
  readonly lock: string | undefined
  /** How long to wait for the devices and the lock when they are in use, in seconds. */
  readonly queueSeconds: number
  /** What the job says of itself. */
  readonly metadata?: Readonly<Record<string, unknown>> | undefined
  /** What a job in another format has lost in its translation, a sentence each. */
  readonly warnings: ReadonlyArray<string>
  /** Relative paths in the job are relative to this directory. */
  readonly baseDirectory: string
  /** Where `package://` is looked for. */
  readonly repositories: ReadonlyArray<Repository>
  /** Where the consoles are recorded, and what must not be; not recorded without it. */
  readonly record: { readonly directory: string; readonly secrets: Iterable<string> } | undefined
}

/** One device of a job and what it is to do. */
export interface PlannedNode {
  /** Absent where the job has one device and no roles. */
  readonly role?: NodeRole
  readonly device: Device
  readonly plan: Plan<JobServices>
  /** Others may have the device, too: it is not reserved. */
  readonly shared: boolean
}
