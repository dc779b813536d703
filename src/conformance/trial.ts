import { mkdir, writeFile } from "node:fs/promises"
import { basename, dirname, extname, join, resolve } from "node:path"
import * as Effect from "effect/Effect"
import { readJob } from "../core/job/definition.ts"
import { isMapping } from "../core/job/rule.ts"
import type { ActionStarted, JobEvent } from "../core/pipeline/events.ts"
import { allActions } from "../core/pipeline/plan.ts"
import { readDocument } from "../core/source/document.ts"
import { dispatch, type JobResult } from "../dispatch.ts"
import type { PlannedNode } from "../planned-job.ts"
import { prepareRead } from "../prepare-job.ts"
import type { LinkFailure } from "./console-link.ts"
import { withDirectory } from "./scratch.ts"
import { labOf, readDeviceType, type Subject, trialName } from "./subject.ts"
import { startTrialDevice } from "./trial-device.ts"

/** A job as it was given: the path of its file, or its value. */
export type JobInput = string | object

/** What is different in a trial from a run in which all goes well. */
export interface TrialChanges {
  /** The job's own time limit in seconds, in place of all that it sets. */
  readonly seconds?: number
  /** How the console fails. */
  readonly failure?: LinkFailure
  /** The device, which is no scripted board, falls silent when the action at this level begins. */
  readonly silentAt?: string
  /** The job is canceled when the action at this level begins. */
  readonly cancelAt?: string
}

/** One run of a job on a board of its own. */
export interface Trial {
  /** Undefined where it did not end in time. */
  readonly result: JobResult | undefined
  readonly plan: PlannedNode["plan"]
  /** The actions that began, in order, further tries included. */
  readonly started: ReadonlyArray<ActionStarted>
  readonly seconds: number
  /** What the dispatcher has read from the console of a board. */
  readonly read: string
  /** What the job had not given back when it had ended, a sentence each. */
  readonly taken: ReadonlyArray<string>
  /** Whether the device was powered or otherwise used while the job was only planned. */
  readonly touchedByPlanning: boolean
}

/** A job that has no limit of its own here must end within this time, in seconds. */
const usualSeconds = 60
/** A job must have ended this long after its limit, or after its cancellation, in seconds. */
export const graceSeconds = 10
/** What a planner has begun would show within this time, in milliseconds. */
const plannedMs = 50

/**
 * Runs a job on a device of its own, which may fail.
 *
 * @param onMoment is told when the moment has come for which there are changes
 */
export const runTrial = (
  subject: Subject,
  job: JobInput,
  changes: TrialChanges = {},
  onMoment: () => void = () => {},
): Promise<Trial> =>
  withDirectory(async (directory) => {
    const name = trialName()
    const failure = changes.failure && { ...changes.failure, onFailure: onMoment }
    const device = await startTrialDevice(subject, name, failure)
    const link = "link" in device ? device.link : undefined
    let silenced: Promise<void> | undefined
    try {
      const { type, directories } = await typeIn(directory, subject)
      const lab = await labOf(subject, name, type, directories, device.entry)
      const { value, base } = await readJobFile(job)
      const limited = changes.seconds === undefined ? value : withLimit(value, changes.seconds)
      const read = await Effect.runPromise(readJob({ value: limited }, lab))
      const ready = await Effect.runPromise(prepareRead(read, base, { lab, device: name }))
      await new Promise((resolve) => setTimeout(resolve, plannedMs))
      const touchedByPlanning = (await device.taken()).length > 0 || (link?.opened() ?? 0) > 0
      const started: Array<ActionStarted> = []
      const since = performance.now()
      const onEvent = (event: JobEvent) => {
        if (event.type !== "action-started") return
        started.push(event)
        // In a turn of its own: the action has begun to wait.
        if (event.level === changes.cancelAt) setImmediate(() => run.cancel())
        if (event.level === changes.silentAt && "silence" in device) silenced = device.silence()
        if (event.level === (changes.cancelAt ?? changes.silentAt)) onMoment()
      }
      const run = dispatch(ready, { lab, onEvent })
      const { plan } = ready.nodes[0]
      const limit = (changes.seconds ?? usualSeconds) + fallbackSeconds(plan) + graceSeconds
      const result = await within(limit, run.result)
      const seconds = (performance.now() - since) / 1000
      if (!result) run.cancel()
      const taken = await device.taken()
      return {
        result,
        plan,
        started,
        seconds,
        read: link?.read() ?? "",
        taken,
        touchedByPlanning,
      }
    } finally {
      await silenced
      await device.close()
    }
  })

/** A fallback has time of its own, also when the job has none left. */
const fallbackSeconds = ({ blocks }: Trial["plan"]): number =>
  allActions(blocks)
    .filter(({ fallback }) => fallback)
    .reduce((sum, { timeoutSeconds }) => sum + timeoutSeconds, 0)

const typeIn = async (directory: string, { deviceType }: Subject) => {
  const { value, directory: own } = await readDeviceType(deviceType)
  if (typeof deviceType === "string") {
    return { type: basename(deviceType, extname(deviceType)), directories: [own ?? "."] }
  }
  const directories = [join(directory, "device-types")]
  await mkdir(directories[0]!)
  await writeFile(join(directories[0]!, "conformance.json"), JSON.stringify(value))
  return { type: "conformance", directories }
}

const readJobFile = async (job: JobInput): Promise<{ value: unknown; base: string }> =>
  typeof job === "string"
    ? { value: (await Effect.runPromise(readDocument(job))).value, base: dirname(resolve(job)) }
    : { value: job, base: process.cwd() }

/** The job with one time limit, its own: all of its actions have to do with that. */
const withLimit = (job: unknown, seconds: number): unknown => {
  if (!isMapping(job)) return job
  const actions = Array.isArray(job["actions"]) ? job["actions"].map(withoutLimits) : job["actions"]
  return { ...job, timeouts: { job: { seconds } }, actions }
}

const withoutLimits = (action: unknown): unknown =>
  isMapping(action)
    ? Object.fromEntries(
        Object.entries(action).map(([kind, block]) => {
          if (!isMapping(block)) return [kind, block]
          const { timeout: _, timeouts: __, ...rest } = block
          return [kind, rest]
        }),
      )
    : action

/** What a promise resolves with, or undefined where it does not in so many seconds. */
const within = async <A>(seconds: number, promise: Promise<A>): Promise<A | undefined> => {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), seconds * 1000)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}
