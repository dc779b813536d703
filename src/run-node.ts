import { join } from "node:path"
import * as Effect from "effect/Effect"
import { restoreLeftFirmware } from "./actions/power/restore-firmware.ts"
import { Artifacts } from "./core/artifacts/artifacts.ts"
import type { ArtifactCache } from "./core/artifacts/artifact-cache.ts"
import { makeConnection } from "./core/lab/connection.ts"
import { jobDirectory } from "./core/lab/job-directory.ts"
import { Connection, CurrentJob } from "./core/lab/services.ts"
import { Exchange } from "./core/multinode/exchange.ts"
import type { JobSegment } from "./core/net/segment/segment.ts"
import type { DeviceServers } from "./core/net/servers.ts"
import type { DispatchError } from "./core/pipeline/errors.ts"
import type { Events } from "./core/pipeline/events.ts"
import { JobData } from "./core/pipeline/job-data.ts"
import { runPlan } from "./core/pipeline/run.ts"
import { makeJobPower, Power } from "./core/power/power.ts"
import type { PlannedJob, PlannedNode } from "./planned-job.ts"

/** What all jobs of a process share. */
export type SharedServices = ArtifactCache | DeviceServers

/**
 * Runs one node of a job on its device, which is reserved: its console, its files and its data are its own. Fails with
 * what ended it, when all is given back; interrupted, it cleans up first.
 *
 * @param onFailure is told of the failure at once, before the device is switched off
 */
export const runNode = (
  job: PlannedJob,
  { role, device, plan }: PlannedNode,
  exchange: Exchange["Service"],
  onFailure?: (error: DispatchError) => void,
): Effect.Effect<void, DispatchError, SharedServices | JobSegment | Events> =>
  Effect.gen(function* () {
    const { name, submitter } = job
    const id = role ? `${job.id}-${role.node}` : job.id
    const directory = yield* jobDirectory(id)
    const record =
      job.record && role
        ? { ...job.record, directory: join(job.record.directory, role.node) }
        : job.record
    const outputDirectory = record?.directory
    const connection = yield* makeConnection(device, record)
    const power = yield* makeJobPower(device.power, directory)
    yield* restoreLeftFirmware(device, power)
    yield* runPlan(plan, onFailure).pipe(
      Effect.provide(Artifacts.layer(job.baseDirectory, job.repositories)),
      Effect.provideService(CurrentJob, {
        id,
        name,
        device,
        directory,
        outputDirectory,
        submitter,
        ...(role && { role }),
      }),
      Effect.provideService(Connection, connection),
      Effect.provideService(Power, power),
      Effect.provideService(Exchange, exchange),
      Effect.provideService(JobData, JobData.make()),
    )
  }).pipe(Effect.scoped)
