import { randomBytes } from "node:crypto"
import { dirname, resolve } from "node:path"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { consoleSecrets } from "./core/console/transport.ts"
import { type JobSource, readJob } from "./core/job/definition.ts"
import { secretsOf } from "./core/job/secrets.ts"
import type { JobDefinition } from "./core/job/v2/job.ts"
import { matchingDevices } from "./core/lab/choose-device.ts"
import type { Lab } from "./core/lab/load-lab.ts"
import { firstFree } from "./core/lab/reservation.ts"
import type { JobServices } from "./core/lab/services.ts"
import {
  BugError,
  type ConfigurationError,
  type DispatchError,
  isDispatchError,
} from "./core/pipeline/errors.ts"
import type { CaseResultEvent, JobEvent, JobStatus } from "./core/pipeline/events.ts"
import { makeEventStream } from "./core/pipeline/event-stream.ts"
import { Hurry } from "./core/pipeline/hurry.ts"
import type { Plan } from "./core/pipeline/plan.ts"
import { makeMask, maskEvent } from "./core/report/mask.ts"
import { serviceLog } from "./core/report/service-log.ts"
import { asError } from "./core/pipeline/run.ts"
import type { Device } from "./core/lab/device.ts"
import { planJob } from "./plan-job.ts"
import { type JobEnd, type PlannedJob, runJob } from "./run-job.ts"
import { sharedServices } from "./shared-services.ts"

/** How a job is to be run. */
export interface DispatchOptions {
  /** The lab whose device is taken: see `loadLab`. */
  readonly lab: Lab
  /** The device to run on, instead of the one that the job asks for. */
  readonly device?: string
  /** Unique on this machine; a random one unless given. Names the tests' directory on the device. */
  readonly id?: string
  /** Where the consoles are recorded, the secrets blanked; nowhere unless given. */
  readonly recordDirectory?: string
  /** Told each event at once, the secrets blanked. */
  readonly onEvent?: (event: JobEvent) => void
}

/** A job that is settled: its definition, its device and its plan. */
export interface ReadyJob {
  readonly definition: JobDefinition
  readonly device: Device
  readonly plan: Plan<JobServices>
  /** Relative paths in the job are relative to this directory. */
  readonly baseDirectory: string
  /** The values of the job and of its device's console that must appear in no log. */
  readonly secrets: ReadonlyArray<string>
}

/**
 * Reads a job, finds its device and plans it; touches nothing.
 *
 * Fails with ConfigurationError (an InvalidFile lists every mistake with its position).
 */
export const prepare = (
  source: JobSource,
  options: Pick<DispatchOptions, "lab" | "device">,
): Effect.Effect<ReadyJob, ConfigurationError | BugError> =>
  Effect.flatMap(readJob(source, options.lab.methods), (definition) =>
    prepareDefinition(definition, directoryOf(source), options),
  )

/** Relative paths in a job are relative to its file, in a text or a value to the current directory. */
export const directoryOf = (source: JobSource): string =>
  typeof source === "string" ? dirname(resolve(source)) : process.cwd()

/**
 * As `prepare`, for a job that was read already.
 *
 * @param baseDirectory what its relative paths are relative to
 */
export const prepareDefinition = (
  definition: JobDefinition,
  baseDirectory: string,
  { lab, device: name }: Pick<DispatchOptions, "lab" | "device">,
): Effect.Effect<ReadyJob, ConfigurationError | BugError> =>
  Effect.gen(function* () {
    const wish = name === undefined ? definition : { device: name }
    const device = yield* firstFree(yield* matchingDevices(lab, wish))
    const plugin = lab.plugins.get(device.plugin)
    if (!plugin) return yield* Effect.die(new Error(`the plugin ${device.plugin} is gone`))
    const plan = yield* Effect.try({
      try: () => planJob(definition, device, plugin),
      catch: (error) =>
        isDispatchError(error) && error._tag === "ConfigurationError"
          ? error
          : new BugError({
              message: `the plugin ${plugin.name} cannot plan: ${String(error)}`,
              cause: error,
            }),
    })
    const secrets = [
      ...secretsOf(definition),
      ...(device.console ? consoleSecrets(device.console) : []),
    ]
    return { definition, device, plan, baseDirectory, secrets }
  })

/** What a job came to. */
export interface JobResult extends JobEnd {
  readonly id: string
  readonly job: string
  readonly device: string
  readonly status: JobStatus
  /** The results of the tests and, in the suite `lava`, of the dispatcher. */
  readonly cases: ReadonlyArray<CaseResultEvent>
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
  typeof source === "object" && "plan" in source ? Effect.succeed(source) : prepare(source, options)

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
        device: ready.device,
        plan: ready.plan,
        lock: definition.lock,
        queueSeconds: definition.timeouts.queue?.seconds ?? 0,
        metadata: definition.metadata,
        baseDirectory: ready.baseDirectory,
        repositories: options.lab.repositories,
        record: directory === undefined ? undefined : { directory, secrets },
      }
      const cases: Array<CaseResultEvent> = []
      const resultOf = ({ status, error }: JobEnd): JobResult => ({
        status,
        ...(error && { error }),
        id: job.id,
        job: job.name,
        device: job.device.name,
        cases,
      })
      const shared = yield* sharedServices(options.lab)
      let result: JobResult | undefined
      const end = yield* runJob(job, (body) => {
        const event = maskEvent(mask, { ...body, time: Date.now() })
        if (event.type === "result") cases.push(event)
        if (event.type === "job-ended") onEnd?.((result = resultOf(event)))
        log?.event(event)
        options.onEvent?.(event)
      }).pipe(Effect.provideContext(shared))
      return result ?? resultOf(end)
    }),
  )

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
