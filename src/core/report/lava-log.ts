import { inspect } from "node:util"
import { type DispatchError, errorType } from "../pipeline/errors.ts"
import type { CaseMarker, CaseResultEvent, JobEnded, JobEvent } from "../pipeline/events.ts"
import { type LavaResult, lavaResult, type LogLines, resultText } from "./lava-result.ts"
import { quote } from "./lava-yaml.ts"
import type { Reporter } from "./reporter.ts"
import { newErrors } from "./told-errors.ts"

/** What comes out of the log: its text, and the results it speaks of. */
export interface LavaLogSinks {
  /** Takes whole lines, each with its newline. */
  readonly write: (lines: string) => void
  /** Takes a result when its line is written. */
  readonly result: (result: LavaResult) => void
}

/**
 * The job in LAVA's log format, an entry a line:
 * `- {"dt": "2026-08-01T12:00:00.123000", "lvl": "target", "msg": "..."}`, times in UTC. Since LAVA's results
 * name lines of the log (`starttc`, `endtc`), the results are made here too, with those that LAVA's
 * dispatcher adds of itself: `validate` first and `job` last.
 */
export const lavaLog = (sinks: LavaLogSinks): Reporter => {
  let lines = 0
  let started = false
  let firstConsole: string | undefined
  const markers = new Map<string, LogLines>()
  const newError = newErrors()

  const entry = (time: number, level: string, message: string, namespace?: string) => {
    const stamp = new Date(time).toISOString().slice(0, -1)
    const tail = namespace === undefined ? "" : `, "ns": ${quote(namespace)}`
    sinks.write(`- {"dt": "${stamp}000", "lvl": "${level}", "msg": ${message}${tail}}\n`)
    lines++
  }
  const say = (time: number, level: string, text: string) => entry(time, level, quote(text))

  const result = (event: CaseResultEvent & { readonly time: number }) => {
    const key = caseKey(event)
    const record = lavaResult(event, markers.get(key))
    markers.delete(key)
    entry(event.time, "results", resultText(record))
    sinks.result(record)
  }

  const own = (time: number, name: string, error: DispatchError | undefined, seconds?: number) =>
    result({
      type: "result",
      time,
      suite: "lava",
      case: name,
      result: error ? "fail" : "pass",
      ...(seconds !== undefined && { durationSeconds: seconds }),
      ...(error && { errorMessage: error.message, errorType: errorType(error) }),
    })

  const tellError = (event: JobEvent) => {
    const error = newError(event)
    if (!error) return
    const text = `${error._tag}: ${error.message}`
    if (error._tag === "BugError") say(event.time, "exception", `${text}\n${traceOf(error)}`)
    else say(event.time, "error", text)
  }

  const jobEnded = (event: JobEnded & { readonly time: number }) => {
    const { time, error } = event
    if (!started) own(time, "validate", error)
    if (error)
      say(time, "error", `Job ${event.status}: ${error._tag} in ${error.action ?? "the job"}`)
    else say(time, "info", "Job finished correctly")
    own(time, "job", error, event.durationSeconds)
  }

  const event = (event: JobEvent): void => {
    const { time } = event
    if (event.type !== "console") tellError(event)
    switch (event.type) {
      case "console": {
        firstConsole ??= event.console
        const namespace = event.console === firstConsole ? undefined : event.console
        return entry(time, event.direction, quote(event.line), namespace)
      }
      case "log":
        return entry(time, event.level, quote(event.message), event.namespace)
      case "action-progress":
        return
      case "action-started": {
        const again = event.attempt > 1 ? ` try ${event.attempt}` : ""
        const limit = `timeout ${clock(event.timeoutSeconds)}`
        const text = `start: ${event.level} ${event.name}${again} (${limit}) [${event.namespace}]`
        return say(time, loudness(event.level), text)
      }
      case "action-ended": {
        const length = `duration ${clock(event.durationSeconds)}`
        const text = `end: ${event.level} ${event.name} (${length}) [${event.namespace}]`
        return say(time, loudness(event.level), text)
      }
      case "case-marker": {
        const key = caseKey(event)
        markers.set(key, { ...markers.get(key), [event.edge]: Math.max(0, lines - 1) })
        return
      }
      case "result":
        return result(event)
      case "job-started": {
        started = true
        const { job, jobId, device, deviceType } = event
        say(time, "info", `job ${jobId} "${job}" on ${device} (${deviceType})`)
        return own(time, "validate", undefined)
      }
      case "job-ended":
        return jobEnded(event)
    }
  }
  return { event, end: () => {} }
}

const caseKey = (event: CaseMarker | CaseResultEvent): string => `${event.suite}\n${event.case}`

/** LAVA says the blocks of a job louder than the steps inside them. */
const loudness = (level: string): string => (level.includes(".") ? "debug" : "info")

const traceOf = ({ cause, stack }: DispatchError): string | undefined => {
  if (cause === undefined) return stack
  return typeof cause === "string" ? cause : inspect(cause)
}

/** Seconds as LAVA's log has them: 00:05:00. */
const clock = (seconds: number): string => {
  const whole = Math.round(seconds)
  return [whole / 3600, (whole / 60) % 60, whole % 60]
    .map((part) => String(Math.floor(part)).padStart(2, "0"))
    .join(":")
}
