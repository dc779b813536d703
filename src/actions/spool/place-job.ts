import { createReadStream, createWriteStream } from "node:fs"
import { copyFile, rm, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { pipeline } from "node:stream/promises"
import { createGzip } from "node:zlib"
import * as Effect from "effect/Effect"
import type { JobDefinition } from "../../core/job/v2/job.ts"
import { reserve } from "../../core/lab/reservation.ts"
import { CurrentJob, type JobServices } from "../../core/lab/services.ts"
import { type Action, action } from "../../core/pipeline/action.ts"
import { ConfigurationError, type DispatchError } from "../../core/pipeline/errors.ts"
import { log } from "../../core/pipeline/events.ts"
import { dataKey, findData, setData } from "../../core/pipeline/job-data.ts"
import { showSettings } from "../../core/spool/settings-lines.ts"
import { KernelPackages } from "../deploy/send-kernel-packages.ts"
import { type JobStage, makeJobOverlay } from "../test/job-overlay.ts"
import type { FetchingHost } from "./job-on-host.ts"

/** The stages of the job that was placed: all that is kept of its tests while it waits. */
export const PlacedStages = dataKey<ReadonlyArray<JobStage>>("the stages of the job", "job")

/** What a job asks of a host, beside its tests. */
export interface HostWork {
  readonly reboot: boolean
  /** The longest that each stage may take on the host, in seconds. */
  readonly stageSeconds: ReadonlyArray<number>
}

/**
 * Puts the job into the host's spool, or finds it there, where a dispatcher that was killed had put it. Whichever way
 * the job ends, it is taken out again.
 *
 * Fails with ConfigurationError where the submitter may not use the host, with InfrastructureError where another
 * dispatcher waits for the same job.
 */
export const placeJob = (
  host: FetchingHost,
  job: JobDefinition,
  work: HostWork,
): Action<JobServices> =>
  action({
    name: "place-job",
    description: `put the job into the spool of ${host.spool.host}`,
    details: [`write ${host.spool.path("queue")}`],
    timeoutSeconds: 1800,
    run: Effect.gen(function* () {
      const { spool, permitted } = host
      const { id, submitter } = yield* CurrentJob
      if (submitter !== permitted.owner && !permitted.allow.includes(submitter)) {
        const all = [permitted.owner, ...permitted.allow].join(", ")
        return yield* new ConfigurationError({
          message: `${spool.host} takes no jobs of ${submitter}: it takes those of ${all}; its "allow" in the lab file says who may, beside its owner`,
        })
      }
      yield* spool.open(permitted)
      yield* reserve({ lock: spool.path("jobs", id) }, `process ${process.pid}`)
      const { at } = yield* spool.progress(id)
      yield* Effect.addFinalizer(() => givenUp(host, id))
      yield* setData(PlacedStages, yield* at === "gone" ? place(host, job, work) : stagesAgain(job))
      yield* log(
        "info",
        at === "gone"
          ? `the job is in the spool of ${spool.host} as ${id}; should this dispatcher be killed, dispatch the job again with --id ${id}, and it goes on`
          : `the job ${id} is in the spool of ${spool.host} already: it goes on`,
      )
    }),
  })

/** A job that has ended is wanted no more, and the next one has its turn. */
const givenUp = ({ spool, permitted }: FetchingHost, id: string): Effect.Effect<void> =>
  spool.withdraw(id, permitted).pipe(Effect.andThen(spool.advance(permitted)), Effect.ignore)

const place = (
  { spool }: FetchingHost,
  job: JobDefinition,
  work: HostWork,
): Effect.Effect<ReadonlyArray<JobStage>, DispatchError, JobServices> =>
  Effect.gen(function* () {
    const { id, submitter, directory } = yield* CurrentJob
    const { overlay, archive, stages } = yield* makeJobOverlay(job)
    const kernels = (yield* findData(KernelPackages)) ?? []
    const names = kernels.map((_, index) => `kernel-${index}.deb`)
    const settings = {
      id,
      name: job.job_name,
      submitter,
      reboot: work.reboot ? "yes" : "no",
      ...(names.length > 0 && { kernels: names.join(" ") }),
      directory: overlay.directory,
      stages: String(stages.length),
      ...Object.fromEntries(
        work.stageSeconds.map((seconds, stage) => [`limit_${stage}`, String(onHost(seconds))]),
      ),
    }
    yield* spool.place(id, async (target) => {
      await writeFile(join(target, "job"), showSettings(settings))
      const packed = createWriteStream(join(target, "overlay.tar.gz"))
      await pipeline(createReadStream(archive.path), createGzip(), packed)
      for (const [index, { path }] of kernels.entries()) {
        await copyFile(path, join(target, names[index]!))
      }
    })
    yield* forgotten(directory)
    return stages
  })

/** The host gives up a little sooner than the dispatcher does, so that what the tests said until then still comes. */
const onHost = (seconds: number): number => Math.ceil(seconds - Math.min(60, seconds / 5))

/** The tests as they are now: where they lie in a repository, it should be the same commit. */
const stagesAgain = (job: JobDefinition) =>
  Effect.gen(function* () {
    const { stages } = yield* makeJobOverlay(job)
    yield* forgotten((yield* CurrentJob).directory)
    return stages
  })

/** The test definitions are in the spool, and may be large. */
const forgotten = (directory: string) =>
  Effect.promise(async () => {
    await rm(join(directory, "tests"), { recursive: true, force: true })
    await rm(join(directory, "overlay.tar"), { force: true })
  })
