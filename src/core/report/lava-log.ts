import { inspect } from "node:util"
import { type DispatchError, errorType } from "../pipeline/errors.ts"
import type {
  CaseMarker,
  CaseResultEvent,
  JobEnded,
  JobEvent,
  NodeEnded,
} from "../pipeline/events.ts"
import { type LavaResult, lavaResult, type LogLines, resultText } from "./lava-result.ts"
import { quote } from "./lava-yaml.ts"
import { suiteName } from "./per-node.ts"
import type { Reporter } from "./reporter.ts"
import { newErrors } from "./told-errors.ts"

/** What comes out of the log: its text, and the results it speaks of. */
export interface LavaLogSinks {
  /** Takes whole lines, each with its newline. */
  readonly write: (lines: string) => void
  /** Takes a result when its line is written. */
  readonly result: (result: LavaResult) => void
}

/** When an entry is of, and of which node. */
type Entry = Pick<JobEvent, "time" | "node">

/**
 * The job in LAVA's log format, an entry a line:
 * `- {"dt": "2026-08-01T12:00:00.123000", "lvl": "target", "msg": "..."}`, times in UTC. Since LAVA's results
 * name lines of the log (`starttc`, `endtc`), the results are made here too, with those that LAVA's
 * dispatcher adds of itself: `validate` first and `job` last. In a job with roles, entries have the key `node`.
 */
export const lavaLog = (sinks: LavaLogSinks): Reporter => {
  let lines = 0
  let started = false
  const consoles = new Map<string | undefined, string>()
  const markers = new Map<string, LogLines>()
  const newError = newErrors()

  const entry = ({ time, node }: Entry, level: string, message: string, namespace?: string) => {
    const stamp = new Date(time).toISOString().slice(0, -1)
    const ns = namespace === undefined ? "" : `, "ns": ${quote(namespace)}`
    const tail = node === undefined ? ns : `${ns}, "node": ${quote(node)}`
    sinks.write(`- {"dt": "${stamp}000", "lvl": "${level}", "msg": ${message}${tail}}\n`)
    lines++
  }
  const say = (of: Entry, level: string, text: string) => entry(of, level, quote(text))

  const result = (event: CaseResultEvent & Entry) => {
    const key = caseKey(event)
    const record = lavaResult(event, linesOf(event, markers.get(key)))
    markers.delete(key)
    entry(event, "results", resultText(record))
    sinks.result(record)
  }

  /** A test case that is not marked has the line at which it came, as in LAVA. */
  const linesOf = ({ suite, reference }: CaseResultEvent, marked: LogLines = {}): LogLines => {
    if (suite === "lava" || reference !== undefined) return marked
    const here = Math.max(0, lines - 1)
    return { start: here, end: here, ...marked }
  }

  const own = (
    { time, node }: Entry,
    name: string,
    error: DispatchError | undefined,
    seconds?: number,
  ) =>
    result({
      type: "result",
      time,
      ...(node !== undefined && { node }),
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
    if (error._tag === "BugError") say(event, "exception", `${text}\n${traceOf(error)}`)
    else say(event, "error", text)
  }

  const ended = (event: (JobEnded | NodeEnded) & Entry) => {
    const { error, status, node } = event
    if (!started) own(event, "validate", error)
    const what = node === undefined ? "Job" : `Node ${node}`
    if (error)
      say(event, "error", `${what} ${status}: ${error._tag} in ${error.action ?? "the job"}`)
    else say(event, "info", `${what} finished correctly`)
    own(event, "job", error, event.durationSeconds)
  }

  const event = (event: JobEvent): void => {
    if (event.type !== "console") tellError(event)
    switch (event.type) {
      case "console": {
        const first = consoles.get(event.node) ?? event.console
        consoles.set(event.node, first)
        const namespace = event.console === first ? undefined : event.console
        // Of what is typed, LAVA has the end of the line.
        const line = event.direction === "input" ? `${event.line}\n` : event.line
        return entry(event, event.direction, quote(line), namespace)
      }
      case "log":
        return entry(event, event.level, quote(event.message), event.namespace)
      case "action-progress":
        return
      case "action-started": {
        const again = event.attempt > 1 ? ` try ${event.attempt}` : ""
        const limit = `timeout ${clock(event.timeoutSeconds)}`
        const text = `start: ${event.level} ${event.name}${again} (${limit}) [${event.namespace}]`
        return say(event, loudness(event.level), text)
      }
      case "action-ended": {
        const length = `duration ${clock(event.durationSeconds)}`
        const text = `end: ${event.level} ${event.name} (${length}) [${event.namespace}]`
        return say(event, loudness(event.level), text)
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
        say(event, "info", `job ${jobId} "${job}" on ${device} (${deviceType})`)
        for (const { node, device } of event.nodes ?? []) say(event, "info", `${node} is ${device}`)
        return own(event, "validate", undefined)
      }
      case "node-ended":
      case "job-ended":
        return ended(event)
    }
  }
  return { event, end: () => {} }
}

const caseKey = (event: (CaseMarker | CaseResultEvent) & Pick<JobEvent, "node">): string =>
  `${suiteName(event)}\n${event.case}`

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
