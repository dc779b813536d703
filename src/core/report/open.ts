import { resolve } from "node:path"
import type { Bundle } from "../job/v2/bundle.ts"
import {
  BugError,
  type DispatchError,
  InfrastructureError,
  isDispatchError,
  messageOf,
} from "../pipeline/errors.ts"
import type { JobEvent } from "../pipeline/events.ts"
import { bundleReporter } from "./bundle.ts"
import { filesReporter } from "./files.ts"
import { jsonLines } from "./json-lines.ts"
import { lavaLog } from "./lava-log.ts"
import { makeMask, maskEvent } from "./mask.ts"
import { openOutput, type Output } from "./output.ts"
import type { Reporter } from "./reporter.ts"
import { settleResults } from "./settled-results.ts"
import { spareConsole } from "./spare-console.ts"
import { type JobSummary, summarize } from "./summary.ts"
import { plainView } from "./terminal/plain.ts"
import { prettyView } from "./terminal/pretty.ts"
import { thinProgress } from "./thin-progress.ts"

/** What standard output shows: a view for people, LAVA's log lines, or one event a line as JSON. */
export type ReportFormat = "pretty" | "lava" | "json"

/** What is to be reported and where. */
export interface ReportOptions {
  /** Gets logs.yaml, results.yaml, results.json and junit.xml; made where it is missing. */
  readonly outputDir?: string | undefined
  /** What to write to `output`; nothing where it is left out. */
  readonly format?: ReportFormat | undefined
  /** Standard output unless given. */
  readonly output?: Output
  /** Where the job wants its results as a bundle, too: bundle.json in `outputDir`, and what is to be posted. */
  readonly bundle?: Bundle | undefined
  /** The values that must appear nowhere. */
  readonly secrets?: Iterable<string>
}

/** Where a job's events go to be reported. */
export interface Reports {
  /** Takes the next event. Never throws: a report that breaks does not break the job. */
  readonly event: (event: JobEvent) => void
  /**
   * Writes what is left, in every ending; a second call does nothing. Rejects with an InfrastructureError where
   * a file could not be written or a bundle not be posted, or a BugError where a report broke, when all the others are done.
   */
  readonly end: () => Promise<void>
  /** What the job came to so far. */
  readonly summary: () => JobSummary
}

/**
 * Opens everything that reports on one job. Events are masked first; results of actions wait until no retry can
 * overtake them. Throws an InfrastructureError where the output directory cannot be written.
 */
export const openReports = (options: ReportOptions): Reports => {
  const mask = makeMask(options.secrets ?? [])
  const directory = options.outputDir === undefined ? undefined : resolve(options.outputDir)
  const summary = summarize()
  const reporters = [
    ...(directory === undefined ? [] : [filesReporter(directory, summary.summary)]),
    ...(options.bundle ? [bundleReporter(options.bundle, directory)] : []),
    ...(options.format === undefined
      ? []
      : [outputReporter(options.format, options.output ?? openOutput(), directory)]),
  ]
  const failures: Array<unknown> = []
  const broken = new Set<Reporter>()
  const settle = settleResults((event) => {
    summary.event(event)
    for (const reporter of reporters) {
      if (broken.has(reporter)) continue
      try {
        reporter.event(event)
      } catch (error) {
        broken.add(reporter)
        failures.push(error)
      }
    }
  })
  const event = thinProgress((event) => settle(maskEvent(mask, event)))

  const finish = async () => {
    const { status, startTime } = summary.summary()
    if (status === undefined) event(unexplainedEnd(startTime))
    for (const reporter of reporters) {
      try {
        await reporter.end()
      } catch (error) {
        failures.push(error)
      }
    }
    if (failures.length > 0) throw asReportError(failures[0])
  }
  let finished: Promise<void> | undefined
  return { event, end: () => (finished ??= finish()), summary: summary.summary }
}

/** A reader of standard output who has not taken this much text, in characters, is spared the console. */
const mostUnread = 8 * 1024 * 1024

const outputReporter = (
  format: ReportFormat,
  output: Output,
  directory: string | undefined,
): Reporter => {
  const reporter = formatReporter(format, output, directory)
  const { event, end } = spareConsole(reporter, () => output.unread() > mostUnread)
  return {
    event,
    end: async () => {
      await end()
      await output.flush()
    },
  }
}

const formatReporter = (
  format: ReportFormat,
  output: Output,
  directory: string | undefined,
): Reporter => {
  switch (format) {
    case "json":
      return jsonLines(output.write)
    case "lava":
      return lavaLog({ write: output.write, result: () => {} })
    case "pretty":
      return (output.live ? prettyView : plainView)(output, { files: directory })
  }
}

/** The last event of a job whose run ended without one. */
const unexplainedEnd = (startTime: number | undefined): JobEvent => {
  const time = Date.now()
  return {
    type: "job-ended",
    time,
    status: "incomplete",
    error: new BugError({ message: "the job's run ended without saying how" }),
    durationSeconds: startTime === undefined ? 0 : (time - startTime) / 1000,
  }
}

const asReportError = (cause: unknown): DispatchError => {
  if (isDispatchError(cause)) return cause
  const message = messageOf(cause)
  return cause instanceof Error && "syscall" in cause
    ? new InfrastructureError({ message: `a report cannot be written: ${message}`, cause })
    : new BugError({ message: `a report broke: ${message}`, cause })
}
