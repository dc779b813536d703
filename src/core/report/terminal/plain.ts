import type { JobEvent } from "../../pipeline/events.ts"
import type { Output } from "../output.ts"
import type { Reporter } from "../reporter.ts"
import { isActionResult } from "../settled-results.ts"
import { styleFor } from "../style.ts"
import { summarize } from "../summary.ts"
import { newErrors } from "../told-errors.ts"
import { type TimedLine, joinEchoes } from "./echoes.ts"
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

/** What is told in a line of our own. */
type Told = Exclude<JobEvent, { type: "console" }>

/** The job as plain lines, for files, pipes and CI logs: the time of day, then one thing that happened. */
export const plainView = (output: Output, { files }: ViewOptions = {}): Reporter => {
  const style = styleFor(output)
  const { signs } = style
  const running = followActions()
  const echoes = joinEchoes()
  const summary = summarize()
  const newError = newErrors()
  let lastProgress = 0

  const text = (event: Told): string | undefined => {
    switch (event.type) {
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
        const sign = paint(signs[event.result])
        return `${sign} ${sanitise(name)} ${paint(event.result)}${sanitise(`${value}${reason}`)}`
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
  const write = (time: number, text: string) =>
    output.write(`${style.dim(timeOfDay(time))} ${text}\n`)
  const writeConsole = ({ time, console, direction, line }: TimedLine) => {
    const sign = direction === "input" ? signs.typed : signs.console
    write(time, style.dim(`${console} ${sign} ${sanitise(line)}`))
  }

  return {
    event: (event) => {
      if (event.type === "console") {
        for (const line of echoes.take(event)) writeConsole(line)
        return
      }
      running.event(event)
      summary.event(event)
      const line = text(event)
      // What ended the job is told with the verdict.
      const error = event.type === "job-ended" ? undefined : newError(event)
      if (line !== undefined || error) for (const typed of echoes.rest()) writeConsole(typed)
      if (line !== undefined) write(event.time, line)
      if (error) write(event.time, style.red(`${error._tag}: ${sanitise(error.message)}`))
    },
    end: () => {
      for (const typed of echoes.rest()) writeConsole(typed)
      const lines = endingLines(summary.summary(), pageWidth, style, files)
      output.write(`${lines.join("\n")}\n`)
    },
  }
}
