import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { Artifacts } from "./core/artifacts/artifacts.ts"
import type { ArtifactCache } from "./core/artifacts/artifact-cache.ts"
import { makeConnection } from "./core/lab/connection.ts"
import type { Device } from "./core/lab/device.ts"
import { jobDirectory } from "./core/lab/job-directory.ts"
import { reserveWithin } from "./core/lab/queue.ts"
import { Connection, CurrentJob, type JobServices } from "./core/lab/services.ts"
import type { DeviceServers } from "./core/net/servers.ts"
import type { Repository } from "./core/packages/repository.ts"
import { type DispatchError, withDetails } from "./core/pipeline/errors.ts"
import { Events, type JobEventBody, type JobStatus } from "./core/pipeline/events.ts"
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
  /** The name that no other job may have while this one runs. */
  readonly lock: string | undefined
  /** How long to wait for the device and the lock when they are in use, in seconds. */
  readonly queueSeconds: number
  /** What the job says of itself. */
  readonly metadata?: Readonly<Record<string, unknown>> | undefined
  /** Relative paths in the job are relative to this directory. */
  readonly baseDirectory: string
  /** Where `package://` is looked for. */
  readonly repositories: ReadonlyArray<Repository>
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
    const wanted = [device, ...(job.lock === undefined ? [] : [{ lock: job.lock }])]
    yield* reserveWithin(wanted, `the job "${name}", process ${process.pid}`, job.queueSeconds)
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

const endOf = (exit: Exit.Exit<void, DispatchError>, device: string): JobEnd => {
  if (Exit.isSuccess(exit)) return { status: "complete" }
  const error = withDetails(asError(exit.cause), { device })
  return { status: error._tag === "CanceledError" ? "canceled" : "incomplete", error }
}
