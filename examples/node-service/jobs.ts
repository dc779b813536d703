import { randomBytes } from "node:crypto"
import { join } from "node:path"
import {
  type DispatchError,
  dispatch,
  type JobEvent,
  type JobResult,
  type JobSource,
  type Lab,
  openReports,
  prepare,
  type ReadyJob,
  type Reports,
  type Run,
} from "lab-dispatch"
import type { Logger } from "pino"

/** A job that was taken: it runs, or it has run. */
export interface Job {
  readonly id: string
  readonly name: string
  readonly device: string
  readonly run: Run
  /** What has happened so far, but for what the console said and how far transfers were. */
  readonly past: ReadonlyArray<JobEvent>
  /** What it came to; undefined while it runs. */
  result: JobResult | undefined
  /** Resolves when its board is off and its files are written. */
  ended: Promise<void>
}

/** How many jobs are remembered when they have ended; their files stay. */
const remembered = 100

/**
 * Runs jobs on the boards of a lab: one at a time on each board, on all boards at once. What they do is told to the
 * lab's own log.
 */
export class Jobs {
  readonly #lab: Lab
  readonly #directory: string
  readonly #log: Logger
  readonly #jobs = new Map<string, Job>()
  #stopping = false

  /** @param directory gets a directory for each job: its log, its results and what the consoles said */
  constructor(lab: Lab, directory: string, log: Logger) {
    this.#lab = lab
    this.#directory = directory
    this.#log = log
  }

  all(): ReadonlyArray<Job> {
    return [...this.#jobs.values()]
  }

  get(id: string): Job | undefined {
    return this.#jobs.get(id)
  }

  /**
   * Starts a job on the first of its boards that is idle. Answers undefined where none is, or where the service
   * stops; rejects with a ConfigurationError where the job is wrong.
   */
  async start(source: JobSource): Promise<Job | undefined> {
    await prepare(source, { lab: this.#lab })
    for (;;) {
      const ready = await prepare(source, { lab: this.#idle() }).catch(() => undefined)
      if (!ready || this.#stopping) return undefined
      // Another job may have got the board while this one was prepared: then look again.
      if (this.#idle().devices.has(ready.nodes[0].device.name)) return this.#run(ready)
    }
  }

  /** Takes no more jobs and cancels those that run: resolves when their boards are off. Called again, it hurries. */
  async stop(): Promise<void> {
    this.#stopping = true
    for (const { run } of this.#running()) run.cancel()
    await Promise.all(this.all().map(({ ended }) => ended))
  }

  #running(): ReadonlyArray<Job> {
    return this.all().filter(({ result }) => !result)
  }

  /** The lab without the boards that are at work. */
  #idle(): Lab {
    const devices = new Map(this.#lab.devices)
    for (const { device } of this.#running()) devices.delete(device)
    return { ...this.#lab, devices }
  }

  #run(ready: ReadyJob): Job {
    const id = randomBytes(4).toString("hex")
    const directory = join(this.#directory, id)
    const reports = openReports({ outputDir: directory })
    const past: Array<JobEvent> = []
    const run = dispatch(ready, {
      lab: this.#lab,
      id,
      recordDirectory: directory,
      onEvent: (event) => {
        reports.event(event)
        if (event.type !== "console" && event.type !== "action-progress") past.push(event)
      },
    })
    const { name: device } = ready.nodes[0].device
    const name = ready.definition.job_name
    const job: Job = { id, name, device, run, past, result: undefined, ended: Promise.resolve() }
    job.ended = this.#end(job, reports)
    this.#jobs.set(id, job)
    return job
  }

  async #end(job: Job, reports: Reports): Promise<void> {
    const { id, name, device, run } = job
    job.result = await run.result.catch(
      // It did not begin: canceled at once, or a bug.
      (error: DispatchError): JobResult => {
        const status = error._tag === "CanceledError" ? "canceled" : "incomplete"
        return { id, job: name, device, status, error, cases: [] }
      },
    )
    await reports.end().catch((err: unknown) => this.#log.error({ err, id }, "reports not written"))
    for (const old of this.all().slice(0, -remembered)) if (old.result) this.#jobs.delete(old.id)
  }
}
