import * as Effect from "effect/Effect"
import type { HostSpool, Permitted, Progress } from "../../core/spool/host-spool.ts"
import { showHostState } from "../../core/spool/host-state.ts"
import type { JobServices } from "../../core/lab/services.ts"
import { CurrentJob } from "../../core/lab/services.ts"
import { remainingSeconds } from "../../core/pipeline/deadline.ts"
import { type DispatchError, JobError } from "../../core/pipeline/errors.ts"
import { log } from "../../core/pipeline/events.ts"

/** A host that fetches its work: its spool, who may use it, and how often the dispatcher looks what it did. */
export interface FetchingHost {
  readonly spool: HostSpool
  readonly permitted: Permitted
  readonly pollSeconds: number
}

/** How far the results of a job have come: all of them. */
export type Done = Extract<Progress, { at: "done" }>

/**
 * Waits until the host has come so far with the job, for as long as the running action has; its results being here is
 * always far enough. Nothing is kept in between but a timer.
 *
 * Fails with JobError where it does not come in time, with what the host said last, or where somebody took the job
 * out of the spool.
 *
 * @param what reads in "waited 2 days for sut-01 to ...": "fetch the job"
 */
export const waitForHost = (
  { spool, permitted, pollSeconds }: FetchingHost,
  what: string,
  isFar: (progress: Progress) => boolean,
): Effect.Effect<Progress, DispatchError, JobServices> =>
  Effect.gen(function* () {
    const { id } = yield* CurrentJob
    const seconds = yield* remainingSeconds
    let told = ""
    for (;;) {
      yield* spool.advance(permitted)
      const progress = yield* spool.progress(id)
      if (progress.at === "done" || isFar(progress)) return progress
      if (progress.at === "gone") {
        return yield* new JobError({
          message: `the job ${id} was taken out of the spool of ${spool.host} (${spool.directory}) before it had results`,
        })
      }
      const saying = yield* describe(spool, progress)
      if (saying !== told) yield* log("info", `${spool.host}: ${saying}`)
      told = saying
      const left = yield* remainingSeconds
      if (left <= 0) {
        return yield* new JobError({
          message: `waited ${shortly(seconds)} for ${spool.host} to ${what}; ${told}: does it run lab-dispatch-client, and can it reach the spool?`,
        })
      }
      yield* Effect.sleep(Math.min(pollSeconds, left) * 1000)
    }
  })

const describe = (spool: HostSpool, progress: Progress) =>
  Effect.gen(function* () {
    const state = yield* spool.state
    const said = state ? `its state is "${showHostState(state)}"` : "it was never heard of"
    if (progress.at !== "queued") return said
    const { current, queued } = yield* spool.jobs
    const ahead = current === undefined ? queued[0] : current
    return ahead === undefined ? said : `the job waits for its turn behind ${ahead}; ${said}`
  })

const shortly = (seconds: number): string => {
  const [size, unit] = (
    [
      [86_400, "days"],
      [3600, "hours"],
      [60, "minutes"],
    ] as const
  ).find(([size]) => seconds >= 2 * size) ?? [1, "s"]
  return `${Number((seconds / size).toFixed(1))} ${unit}`
}

/**
 * What the host says of a job that ended before a phase of it was over. Undefined where it went well.
 *
 * @param phases those that are over when all is well: "install", "boot"
 */
export const failureIn = (
  { status }: Done,
  host: string,
  phases: ReadonlyArray<string>,
): JobError | undefined => {
  const phase = status.get("phase") ?? ""
  if (status.get("outcome") === "complete" || !phases.includes(phase)) return undefined
  return new JobError({ message: `${host}: ${status.get("reason") ?? "the job did not go on"}` })
}
