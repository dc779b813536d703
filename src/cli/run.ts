import { inspect } from "node:util"
import type { Lab } from "../core/lab/load-lab.ts"
import { isDispatchError } from "../core/pipeline/errors.ts"
import type { JobEventBody } from "../core/pipeline/events.ts"
import { exitCode } from "../core/report/exit-code.ts"
import { openReports, type ReportFormat, type Reports } from "../core/report/open.ts"
import { dispatch, type ReadyJob } from "../index.ts"
import { onBug } from "./bug.ts"
import { catchEndingSignals, type EndingSignals } from "./ending-signals.ts"
import { tellFailure } from "./failure.ts"
import { type JobOptions, settleJob } from "./settle-job.ts"

/** How a job is run and reported. */
interface RunReport {
  readonly outputDir?: string
  readonly format: ReportFormat
  readonly id?: string
  readonly submitter?: string
}

/** The options of `dispatch run`. */
export type RunOptions = JobOptions & RunReport

/** A job that is settled, and the lab that it is settled for. */
interface Settled {
  readonly ready: ReadyJob
  readonly lab: Lab
}

/** Runs a job and answers the exit code. */
export const run = (path: string, options: RunOptions): Promise<number> =>
  runSettled(() => settleJob(path, options), options)

/**
 * Runs the job that `settle` settles and answers the exit code.
 *
 * @param settle rejects with ConfigurationError where there is no job to run
 */
export const runSettled = async (
  settle: () => Promise<Settled>,
  options: RunReport,
): Promise<number> => {
  const { outputDir, format } = options
  const signals = catchEndingSignals()
  try {
    const settled = await settle().catch((error: unknown) => ({ error }))
    if ("error" in settled) return await reportUnbegun(settled.error, options)
    const { secrets, definition } = settled.ready
    const reports = openReports({ outputDir, format, secrets, bundle: definition.bundle })
    return await attend({ ...settled, reports, options }, signals)
  } finally {
    signals.ignore()
  }
}

/** A job or a lab that is wrong is told to people plainly, to programs and to the files as the end of a job. */
const reportUnbegun = async (error: unknown, options: RunReport): Promise<number> => {
  if (!isDispatchError(error)) throw error
  const { outputDir, format } = options
  const code = tellFailure(error)
  const reports = openReports({ outputDir, ...(format !== "pretty" && { format }) })
  const time = Date.now()
  reports.event({ type: "job-ended", time, status: "incomplete", error, durationSeconds: 0 })
  await reports.end()
  return code
}

interface Attended extends Settled {
  readonly reports: Reports
  readonly options: RunReport
}

/** Runs the job to its end, or to an earlier one where a signal or a bug wants it. */
const attend = async (job: Attended, signals: EndingSignals): Promise<number> => {
  const { ready, lab, reports, options } = job
  const { outputDir, id, submitter } = options
  const name = ready.nodes.map(({ device }) => device.name).join(" and ")
  const isSwitched = ready.nodes.some(({ device }) => device.power)
  const say = (body: JobEventBody) => reports.event({ ...body, time: Date.now() })
  const running = dispatch(ready, {
    lab,
    onEvent: reports.event,
    ...(outputDir !== undefined && { recordDirectory: outputDir }),
    ...(id !== undefined && { id }),
    ...(submitter !== undefined && { submitter }),
  })
  signals.take((count) => {
    if (count > 2) {
      process.stderr.write(`\nerror: exited without cleaning up: ${name} may still be on\n`)
      process.exit()
    }
    const message =
      count === 1
        ? `canceled: ${isSwitched ? `switching ${name} off` : `ending the job on ${name}`}, then writing the results; once more to hurry`
        : "hurrying: the power switch gets 5 s; once more to exit at once"
    say({ type: "log", level: "warning", message })
    running.cancel()
  })
  const end = async (): Promise<number> => {
    try {
      await running.result
    } catch (error) {
      // The job's last event has told of it, where there was one.
      if (reports.summary().status === undefined && isDispatchError(error)) {
        say({ type: "job-ended", status: "incomplete", error, durationSeconds: 0 })
      }
    }
    // What is left is to wait for a reader who may have paused.
    signals.take(() => process.exit())
    let code = 0
    try {
      await reports.end()
    } catch (error) {
      code = tellFailure(error)
    }
    return exitCode(reports.summary()) || code
  }
  const noBug = onBug(async (error) => {
    say({ type: "log", level: "debug", message: inspect(error) })
    running.cancel()
    await end()
  })
  try {
    return await end()
  } finally {
    noBug()
  }
}
