import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Scope from "effect/Scope"
import { Artifacts } from "./core/artifacts/artifacts.ts"
import type { ArtifactCache } from "./core/artifacts/artifact-cache.ts"
import { makeConnection } from "./core/lab/connection.ts"
import type { Device } from "./core/lab/device.ts"
import { jobDirectory } from "./core/lab/job-directory.ts"
import { reserveWithin } from "./core/lab/queue.ts"
import { Connection, CurrentJob, type JobServices } from "./core/lab/services.ts"
import type { DeviceServers } from "./core/net/servers.ts"
import { type DispatchError, withDetails } from "./core/pipeline/errors.ts"
import { Events, log, type JobEventBody, type JobStatus } from "./core/pipeline/events.ts"
import { JobData } from "./core/pipeline/job-data.ts"
import { allActions, type Plan } from "./core/pipeline/plan.ts"
import { asError, runPlan } from "./core/pipeline/run.ts"
import { makePower, Power } from "./core/power/power.ts"

/** A job that is ready to run. */
export interface PlannedJob {
  /** Unique on this machine. */
  readonly id: string
  readonly name: string
  readonly device: Device
  readonly plan: Plan<JobServices>
  /** How long to wait for the device when it is in use, in seconds. */
  readonly queueSeconds: number
  /** What the job says of itself. */
  readonly metadata?: Readonly<Record<string, unknown>> | undefined
  /** Relative paths in the job are relative to this directory. */
  readonly baseDirectory: string
  /** Where `package://` is looked for. */
  readonly repositories: ReadonlyArray<string>
  /** Where the consoles are recorded, and what must not be; not recorded without it. */
  readonly record: { readonly directory: string; readonly secrets: Iterable<string> } | undefined
}

/** How a job ended. */
export interface JobEnd {
  readonly status: JobStatus
  readonly error?: DispatchError
}

/** What all jobs of a process share. */
export type SharedServices = ArtifactCache | DeviceServers

/**
 * Runs a planned job on its device: reserves it, runs the plan, gives everything back, and says how it
 * ended. It never fails; interrupted, it cleans up first.
 */
export const runJob = (
  job: PlannedJob,
  emit: (event: JobEventBody) => void,
): Effect.Effect<JobEnd, never, SharedServices> =>
  Effect.uninterruptibleMask((restore) =>
    Effect.gen(function* () {
      const start = yield* Clock.currentTimeMillis
      emit({
        type: "job-started",
        job: job.name,
        jobId: job.id,
        device: job.device.name,
        deviceType: job.device.type,
        actions: allActions(job.plan.blocks).filter(({ run }) => run).length,
        ...(job.metadata && { metadata: job.metadata }),
      })
      const exit = yield* Effect.exit(restore(onDevice(job, emit)))
      const end = yield* Clock.currentTimeMillis
      const ended = endOf(exit, job.device.name)
      emit({ type: "job-ended", ...ended, durationSeconds: (end - start) / 1000 })
      return ended
    }),
  )

const onDevice = (
  job: PlannedJob,
  emit: (event: JobEventBody) => void,
): Effect.Effect<void, DispatchError, SharedServices> =>
  Effect.gen(function* () {
    const { id, name, device } = job
    yield* toldOf(
      device,
      reserveWithin(device, `the job "${name}", process ${process.pid}`, job.queueSeconds),
    )
    const directory = yield* jobDirectory(id)
    const connection = yield* makeConnection(device, job.record)
    yield* runPlan(job.plan).pipe(
      Effect.provide(Artifacts.layer(job.baseDirectory, job.repositories)),
      Effect.provideService(CurrentJob, { id, name, device, directory }),
      Effect.provideService(Connection, connection),
      Effect.provideService(Power, makePower(device.power)),
      Effect.provideService(JobData, JobData.make()),
    )
  }).pipe(Effect.scoped, Effect.provideService(Events, { emit }))

/** Tells the job's log when the device is had and when it is free again. */
const toldOf = <E, R>(
  { name }: Device,
  reserve: Effect.Effect<void, E, R>,
): Effect.Effect<void, E, R | Events | Scope.Scope> =>
  Effect.gen(function* () {
    let reserved = false
    const free = log("debug", `${name} is free again`)
    // First to come, last to go: when all is given back, the device too.
    yield* Effect.addFinalizer(() => (reserved ? free : Effect.void))
    yield* reserve
    reserved = true
    yield* log("debug", `${name} is reserved for the job`)
  })

const endOf = (exit: Exit.Exit<void, DispatchError>, device: string): JobEnd => {
  if (Exit.isSuccess(exit)) return { status: "complete" }
  const error = withDetails(asError(exit.cause), { device })
  return { status: error._tag === "CanceledError" ? "canceled" : "incomplete", error }
}
