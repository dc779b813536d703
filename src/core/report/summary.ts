import type { DispatchError } from "../pipeline/errors.ts"
import type {
  CaseResult,
  CaseResultEvent,
  JobEvent,
  JobStarted,
  JobStatus,
  NodeEnded,
  StartedNode,
} from "../pipeline/events.ts"
import { suiteName } from "./per-node.ts"
import { isActionResult } from "./settled-results.ts"

/** A test case and when its result came, in milliseconds since 1970. */
export type ReportedCase = CaseResultEvent & Pick<JobEvent, "time" | "node">

/** What a node of a job with roles came to. */
export type EndedNode = StartedNode & Omit<NodeEnded, "type">

/** What a job came to. */
export interface JobSummary {
  /** Which job, on which device; undefined where it did not get that far. */
  readonly job: JobStarted | undefined
  /** When the first event came, in milliseconds since 1970. */
  readonly startTime: number | undefined
  /** Undefined while the job runs. */
  readonly status: JobStatus | undefined
  readonly error: DispatchError | undefined
  readonly durationSeconds: number
  /** The results of tests, in their order; those of the dispatcher's own actions are not among them. */
  readonly cases: ReadonlyArray<ReportedCase>
  readonly counts: Readonly<Record<CaseResult, number>>
  /** Of a job with roles: the nodes that have ended. */
  readonly nodes: ReadonlyArray<EndedNode>
}

/** Whether a case leaves nothing to look at: it passed, or was skipped on purpose. */
export const isGood = (result: CaseResult): boolean => result === "pass" || result === "skip"

/**
 * Adds up a job's events. A case that says nothing of its duration gets the time between the marks of its start
 * and its end.
 */
export const summarize = (): {
  readonly event: (event: JobEvent) => void
  readonly summary: () => JobSummary
} => {
  let job: JobStarted | undefined
  let startTime: number | undefined
  let status: JobStatus | undefined
  let error: DispatchError | undefined
  let durationSeconds = 0
  const cases: Array<ReportedCase> = []
  const counts = { pass: 0, fail: 0, skip: 0, unknown: 0 }
  const nodes: Array<EndedNode> = []
  const spans = new Map<string, { start: number; end?: number }>()

  const timed = (event: ReportedCase): ReportedCase => {
    const key = `${suiteName(event)}\n${event.case}`
    const span = spans.get(key)
    spans.delete(key)
    if (!span || event.durationSeconds !== undefined) return event
    return { ...event, durationSeconds: ((span.end ?? event.time) - span.start) / 1000 }
  }

  const event = (event: JobEvent): void => {
    startTime ??= event.time
    if (event.type === "job-started") job = event
    else if (event.type === "case-marker") {
      const key = `${suiteName(event)}\n${event.case}`
      const span = spans.get(key)
      if (event.edge === "start") spans.set(key, { start: event.time })
      else if (span) span.end = event.time
    } else if (event.type === "result" && !isActionResult(event)) {
      cases.push(timed(event))
      counts[event.result]++
    } else if (event.type === "node-ended") {
      const started = job?.nodes?.find((each) => each.node === event.node)
      if (started) nodes.push({ ...event, ...started })
    } else if (event.type === "job-ended") {
      ;({ status, error, durationSeconds } = { error: undefined, ...event })
    }
  }
  return {
    event,
    summary: () => ({ job, startTime, status, error, durationSeconds, cases, counts, nodes }),
  }
}
