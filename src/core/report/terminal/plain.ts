import type { Output } from "../output.ts"
import { styleFor } from "../style.ts"
import type { Reporter } from "../reporter.ts"
import type { JobEvent } from "../../pipeline/events.ts"
import { isActionResult } from "../settled-results.ts"
import { summarize } from "../summary.ts"
import { newErrors } from "../told-errors.ts"
import { endingLines } from "./ending.ts"
import type { ViewOptions } from "./pretty.ts"
import { bytes, duration, timeOfDay } from "./quantities.ts"
import { followActions, speed } from "./running.ts"
import { sanitise } from "./text.ts"
import { resultPaint } from "./transcript.ts"

/** A transfer that takes long is told of this often, in milliseconds. */
const progressSpan = 10_000
/** The ending is laid out for this many columns. */
const pageWidth = 100

/** The job as plain lines, for files, pipes and CI logs: the time of day, then one thing that happened. */
export const plainView = (output: Output, { files }: ViewOptions = {}): Reporter => {
  const style = styleFor(output)
  const { signs } = style
  const running = followActions()
  const summary = summarize()
  const newError = newErrors()
  let lastProgress = 0

  const text = (event: JobEvent): string | undefined => {
    switch (event.type) {
      case "console": {
        const sign = event.direction === "input" ? signs.typed : signs.console
        return style.dim(`${event.console} ${sign} ${sanitise(event.line)}`)
      }
      case "job-started":
        return `${event.job}: job ${event.jobId} on ${event.device} (${event.deviceType})`
      case "action-started": {
        lastProgress = event.time
        const again = event.attempt > 1 ? `, try ${event.attempt}` : ""
        const limit = `up to ${duration(event.timeoutSeconds)}${again}`
        return `${event.level} ${style.bold(event.name)}: ${event.description} (${limit})`
      }
      case "action-progress": {
        const transfer = running.at(event.level)?.transfer
        if (!transfer || event.time - lastProgress < progressSpan) return undefined
        lastProgress = event.time
        const total = event.total === undefined ? "" : ` of ${bytes(event.total)}`
        return `${event.level} ${event.what}: ${bytes(event.done)}${total}, ${bytes(speed(transfer, event.time))}/s`
      }
      case "action-ended": {
        const { outcome, final } = event
        const paint = outcome === "pass" ? style.green : style.red
        const verdict = outcome === "pass" ? "done" : outcome === "fail" ? "failed" : "canceled"
        const sign = paint(outcome === "pass" ? signs.pass : signs.fail)
        const again = final ? "" : ", to be tried again"
        return `${event.level} ${sign} ${event.name} ${verdict} after ${duration(event.durationSeconds)}${again}`
      }
      case "result": {
        if (isActionResult(event)) return undefined
        const { measurement, units, errorMessage } = event
        const name = [event.suite, event.set, event.case].filter(Boolean).join("/")
        const value = measurement === undefined ? "" : ` ${measurement} ${units ?? ""}`.trimEnd()
        const reason = errorMessage === undefined ? "" : `: ${errorMessage}`
        const paint = resultPaint(event.result, style)
        return `${sanitise(name)} ${paint(event.result)}${sanitise(`${value}${reason}`)}`
      }
      case "log": {
        if (event.level === "debug") return undefined
        if (event.level === "info") return sanitise(event.message)
        const paint = event.level === "warning" ? style.yellow : style.red
        return paint(`${event.level}: ${sanitise(event.message)}`)
      }
      case "case-marker":
      case "job-ended":
        return undefined
    }
  }

  return {
    event: (event) => {
      running.event(event)
      summary.event(event)
      const line = text(event)
      // What ended the job is told with the verdict.
      const error = event.type === "job-ended" ? undefined : newError(event)
      const stamp = style.dim(timeOfDay(event.time))
      if (line !== undefined) output.write(`${stamp} ${line}\n`)
      if (error)
        output.write(`${stamp} ${style.red(`${error._tag}: ${sanitise(error.message)}`)}\n`)
    },
    end: () => {
      const lines = endingLines(summary.summary(), pageWidth, style, files)
      output.write(`${lines.join("\n")}\n`)
    },
  }
}
