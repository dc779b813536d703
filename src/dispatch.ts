import { randomBytes } from "node:crypto"
import { userInfo } from "node:os"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type { JobSource } from "./core/job/definition.ts"
import type { Lab } from "./core/lab/load-lab.ts"
import type { BugError, ConfigurationError, DispatchError } from "./core/pipeline/errors.ts"
import type { CaseResultEvent, JobEvent, JobStatus, NodeEnded } from "./core/pipeline/events.ts"
import { makeEventStream } from "./core/pipeline/event-stream.ts"
import { Hurry } from "./core/pipeline/hurry.ts"
import { makeMask, maskEvent } from "./core/report/mask.ts"
import { serviceLog } from "./core/report/service-log.ts"
import { asError } from "./core/pipeline/run.ts"
import type { JobEnd } from "./job-end.ts"
import type { PlannedJob } from "./planned-job.ts"
import { prepare, type ReadyJob } from "./prepare-job.ts"
import { runJob } from "./run-job.ts"
import { sharedServices } from "./shared-services.ts"

/** How a job is to be run. */
export interface DispatchOptions {
  /** The lab whose device is taken: see `loadLab`. */
  readonly lab: Lab
  /** The device to run on, instead of the one that the job asks for; not for a job with roles. */
  readonly device?: string
  /**
   * Unique on this machine; a random one unless given. Names the tests' directory on the device. A job for a device
   * that fetches its work goes on where it was, when a dispatcher that was killed had one of this id.
   */
  readonly id?: string
  /** Who wants the job, for devices that are not for everybody; the user who runs this process unless given. */
  readonly submitter?: string
  /** Where the consoles are recorded, the secrets blanked; nowhere unless given. */
  readonly recordDirectory?: string
  /** Told each event at once, the secrets blanked. */
  readonly onEvent?: (event: JobEvent) => void
}

/** What a node of a job with roles came to. */
export interface NodeResult extends JobEnd {
  readonly node: string
  readonly role: string
  readonly device: string
}

/** What a job came to. */
export interface JobResult extends JobEnd {
  readonly id: string
  readonly job: string
  /** The device's name; of a job with roles, the names of all. */
  readonly device: string
  readonly status: JobStatus
  /** Of a job with roles: its nodes, in the order in which they ended. */
  readonly nodes?: ReadonlyArray<NodeResult>
  /** The results of the tests and, in the suite `lava`, of the dispatcher; with roles, each with its node. */
  readonly cases: ReadonlyArray<CaseResultEvent & { readonly node?: string }>
}

/**
 * Runs a job; the form for programs that use Effect. Interrupting it cancels the job: the device is switched
 * off before it ends. It fails only where the job cannot be begun.
 */
export const dispatchEffect = (
  source: JobSource | ReadyJob,
  options: DispatchOptions,
): Effect.Effect<JobResult, ConfigurationError | BugError> =>
  Effect.flatMap(settle(source, options), (ready) => runReady(ready, options))

const settle = (
  source: JobSource | ReadyJob,
  options: DispatchOptions,
): Effect.Effect<ReadyJob, ConfigurationError | BugError> =>
  typeof source === "object" && "nodes" in source
    ? Effect.succeed(source)
    : prepare(source, options)

/** @param onEnd is told what the job came to; who interrupts an Effect gets no answer from it */
const runReady = (
  ready: ReadyJob,
  options: DispatchOptions,
  onEnd?: (result: JobResult) => void,
): Effect.Effect<JobResult> =>
  Effect.scoped(
    Effect.gen(function* () {
      const { definition, secrets } = ready
      const { recordDirectory: directory } = options
      const mask = makeMask(secrets)
      const log = options.lab.log && serviceLog(options.lab.log)
      const job: PlannedJob = {
        id: options.id ?? randomBytes(4).toString("hex"),
        name: definition.job_name,
        submitter: options.submitter ?? userInfo().username,
        nodes: ready.nodes,
        segment: ready.segment,
        lock: definition.lock,
        queueSeconds: definition.timeouts.queue?.seconds ?? 0,
        metadata: definition.metadata,
        warnings: ready.warnings,
        baseDirectory: ready.baseDirectory,
        repositories: options.lab.repositories,
        record: directory === undefined ? undefined : { directory, secrets },
      }
      const cases: Array<CaseResultEvent> = []
      const nodes: Array<NodeResult> = []
      const resultOf = ({ status, error }: JobEnd): JobResult => ({
        status,
        ...(error && { error }),
        id: job.id,
        job: job.name,
        device: job.nodes.map(({ device }) => device.name).join(", "),
        cases,
        ...(nodes.length > 0 && { nodes }),
      })
      const shared = yield* sharedServices(options.lab)
      let result: JobResult | undefined
      const end = yield* runJob(job, (body) => {
        const event = maskEvent(mask, { ...body, time: Date.now() })
        if (event.type === "result") cases.push(event)
        if (event.type === "node-ended") nodes.push(nodeResult(event, job))
        if (event.type === "job-ended") onEnd?.((result = resultOf(event)))
        log?.event(event)
        options.onEvent?.(event)
      }).pipe(Effect.provideContext(shared))
      return result ?? resultOf(end)
    }),
  )

const nodeResult = (
  { node, status, error }: NodeEnded & { readonly node?: string },
  { nodes }: PlannedJob,
): NodeResult => {
  const { role, device } = nodes.find((each) => each.role?.node === node)!
  return {
    node: role!.node,
    role: role!.role,
    device: device.name,
    status,
    ...(error && { error }),
  }
}

/** A running job. */
export interface Run {
  /**
   * What happens, from the moment on at which it is read, the secrets blanked; ends with the job. Who reads so slowly
   * that 4 MiB of the console wait for it gets a `log` event with `leftOut` in place of the lines that come then.
   */
  readonly events: AsyncIterable<JobEvent>
  /**
   * What the job came to, also when it failed or was canceled. Rejects with a ConfigurationError where the job
   * could not be begun, with a CanceledError where it was canceled before that.
   */
  readonly result: Promise<JobResult>
  /**
   * Ends the job: the device is switched off, then `result` resolves. Called again, it hurries. Where the device may
   * still be on, the result's error says so.
   */
  readonly cancel: () => void
}

/** Runs a job, or one that `prepare` has settled, on a device of the lab. */
export const dispatch = (source: JobSource | ReadyJob, options: DispatchOptions): Run => {
  const stream = makeEventStream(options.onEvent)
  const hurry = Deferred.makeUnsafe<void>()
  let ended: JobResult | undefined
  const fiber = Effect.runFork(
    settle(source, options).pipe(
      Effect.flatMap((ready) =>
        runReady(ready, { ...options, onEvent: stream.emit }, (result) => {
          ended = result
        }),
      ),
      Effect.provideService(Hurry, Deferred.await(hurry)),
    ),
  )
  let canceled = false
  const result = new Promise<JobResult>((resolve, reject) => {
    fiber.addObserver((exit) => {
      stream.end()
      if (ended) resolve(ended)
      else if (Exit.isSuccess(exit)) resolve(exit.value)
      else reject(asError(exit.cause) satisfies DispatchError)
    })
  })
  return {
    events: stream.events,
    result,
    cancel: () => {
      if (canceled) Effect.runSync(Deferred.succeed(hurry, undefined))
      canceled = true
      fiber.interruptUnsafe()
    },
  }
}
