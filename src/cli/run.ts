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

/** The options of `dispatch run`. */
export interface RunOptions extends JobOptions {
  readonly outputDir?: string
  readonly format: ReportFormat
  readonly id?: string
  readonly submitter?: string
}

/** Runs a job and answers the exit code. */
export const run = async (path: string, options: RunOptions): Promise<number> => {
  const { outputDir, format } = options
  const signals = catchEndingSignals()
  try {
    const settled = await settleJob(path, options).catch((error: unknown) => ({ error }))
    if ("error" in settled) return await reportUnbegun(settled.error, options)
    const { secrets, definition } = settled.ready
    const reports = openReports({ outputDir, format, secrets, bundle: definition.bundle })
    return await attend({ ...settled, reports, options }, signals)
  } finally {
    signals.ignore()
  }
}

/** A job or a lab that is wrong is told to people plainly, to programs and to the files as the end of a job. */
const reportUnbegun = async (error: unknown, options: RunOptions): Promise<number> => {
  if (!isDispatchError(error)) throw error
  const { outputDir, format } = options
  const code = tellFailure(error)
  const reports = openReports({ outputDir, ...(format !== "pretty" && { format }) })
  const time = Date.now()
  reports.event({ type: "job-ended", time, status: "incomplete", error, durationSeconds: 0 })
  await reports.end()
  return code
}

interface Attended {
  readonly ready: ReadyJob
  readonly lab: Lab
  readonly reports: Reports
  readonly options: RunOptions
}

/** Runs the job to its end, or to an earlier one where a signal or a bug wants it. */
const attend = async (job: Attended, signals: EndingSignals): Promise<number> => {
  const { ready, lab, reports, options } = job
  const { outputDir, id, submitter } = options
  const name = ready.nodes.map(({ device }) => device.name).join(" and ")
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
        ? `canceled: switching ${name} off, then writing the results; once more to hurry`
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
