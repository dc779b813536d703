import type { Logger } from "pino"
import {
  type CaseResult,
  type FileTransfer,
  type JobEvent,
  type LogLevel,
  wentWell,
} from "../pipeline/events.ts"
import type { Reporter } from "./reporter.ts"
import { isActionResult } from "./settled-results.ts"
import { newErrors } from "./told-errors.ts"

/** A logger of pino's, or one that is called as pino's are: with an object and a sentence. */
export type ServiceLogger = Pick<Logger, "debug" | "info" | "warn" | "error">

/**
 * Tells a service's log of a job, a line an event, each with `jobId` and `device`, in a job with roles with `node`: at `info` that it starts and ends,
 * its blocks, and its transfers; at `warn` what failed; at `debug` every action, by its place in the plan (`step`), and
 * every result. A job that fails ends at `error`, one that is canceled at `warn`. What the console says is not among it.
 * An error is the field `err`, once.
 */
export const serviceLog = (log: ServiceLogger): Reporter => {
  let job = {}
  let nodes: ReadonlyMap<string, object> = new Map()
  const results: Record<CaseResult, number> = { pass: 0, fail: 0, skip: 0, unknown: 0 }
  const newError = newErrors()

  const event = (event: JobEvent): void => {
    const err = newError(event)
    const failure = err && { err }
    const of = nodes.get(event.node ?? "") ?? job
    switch (event.type) {
      case "job-started": {
        const { jobId, device, deviceType } = event
        job = { jobId, device }
        nodes = new Map(
          event.nodes?.map(({ node, device }) => [node, { jobId, node, device }] as const),
        )
        return log.info({ ...job, job: event.job, deviceType }, "job started")
      }
      case "action-started": {
        const { name: action, level: step, attempt, timeoutSeconds } = event
        return log.debug({ ...of, action, step, attempt, timeoutSeconds }, "action started")
      }
      case "action-ended": {
        const { name: action, level: step, attempt, durationSeconds, outcome } = event
        const fields = { ...of, action, step, attempt, durationSeconds, outcome, ...failure }
        if (err) return log.warn(fields, "action failed")
        return log[step.includes(".") ? "debug" : "info"](fields, "action ended")
      }
      case "log": {
        const { message, transfer } = event
        if (transfer) return tellTransfer(log, { ...of, ...transfer }, message)
        return log[pinoLevel[event.level]](of, message)
      }
      case "result": {
        if (isActionResult(event)) return
        results[event.result]++
        const { suite, case: name, result, measurement, units } = event
        return log.debug({ ...of, suite, case: name, result, measurement, units }, "result")
      }
      case "node-ended": {
        const { status, durationSeconds, error } = event
        const fields = { ...of, status, durationSeconds, ...failure }
        return log[levels[status]](fields, error ? `node ended: ${error.message}` : "node ended")
      }
      case "job-ended": {
        const { status, durationSeconds, error } = event
        const fields = { ...job, status, durationSeconds, results, ...failure }
        return log[levels[status]](fields, error ? `job ended: ${error.message}` : "job ended")
      }
      case "action-progress":
      case "case-marker":
      case "console":
        return
    }
  }
  return { event, end: () => {} }
}

/** Tells a service's log of a request that no job has an answer for: a board that is not expected, or a stranger. */
export const strayLog =
  (log: ServiceLogger) =>
  (transfer: FileTransfer): void => {
    const { protocol, file, peer, reason = transfer.outcome } = transfer
    tellTransfer(log, transfer, `${protocol} ${file} for ${peer}, which no job serves: ${reason}`)
  }

/** How loud an end is. */
const levels = { complete: "info", canceled: "warn", incomplete: "error" } as const

const pinoLevel: Readonly<Record<LogLevel, keyof ServiceLogger>> = {
  debug: "debug",
  info: "info",
  event: "info",
  warning: "warn",
  error: "error",
}

const tellTransfer = (log: ServiceLogger, transfer: FileTransfer, message: string): void => {
  log[wentWell(transfer) ? "info" : "warn"](transfer, message)
}
