import { match, P } from "ts-pattern"
import type {
  ActionEnded,
  ActionProgress,
  ActionStarted,
  CaseResultEvent,
  JobEvent,
} from "../../pipeline/events.ts"
import type { Output } from "../output.ts"
import { perNode } from "../per-node.ts"
import type { Reporter } from "../reporter.ts"
import { isActionResult } from "../settled-results.ts"
import { styleFor } from "../style.ts"
import { summarize } from "../summary.ts"
import { newErrors } from "../told-errors.ts"
import { type TimedLine, joinEchoes } from "./echoes.ts"
import { endingLines } from "./ending.ts"
import { nodeLabels } from "./node-labels.ts"
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
  const running = perNode(followActions)
  const echoes = perNode(joinEchoes)
  const labels = nodeLabels(style)
  const summary = summarize()
  const newError = newErrors()
  const lastProgress = new Map<string | undefined, number>()

  const started = ({ level, name, attempt, description, timeoutSeconds }: ActionStarted) => {
    const again = attempt > 1 ? `, try ${attempt}` : ""
    const limit = `up to ${duration(timeoutSeconds)}${again}`
    return `${level} ${style.bold(name)}: ${description} (${limit})`
  }
  const progress = (event: ActionProgress & Pick<JobEvent, "time" | "node">) => {
    const { level, what, done, total, time, node } = event
    const transfer = running.of(event).at(level)?.transfer
    if (!transfer || time - (lastProgress.get(node) ?? 0) < progressSpan) return undefined
    lastProgress.set(node, time)
    const whole = total === undefined ? "" : ` of ${bytes(total)}`
    return `${level} ${what}: ${bytes(done)}${whole}, ${bytes(speed(transfer, time))}/s`
  }
  const ended = ({ level, name, outcome, final, durationSeconds }: ActionEnded) => {
    const sign = outcome === "pass" ? style.green(signs.pass) : style.red(signs.fail)
    const verdict = { pass: "done", fail: "failed", canceled: "canceled" }[outcome]
    const again = final ? "" : ", to be tried again"
    return `${level} ${sign} ${name} ${verdict} after ${duration(durationSeconds)}${again}`
  }
  const result = (event: CaseResultEvent) => {
    if (isActionResult(event)) return undefined
    const { measurement, units, errorMessage } = event
    const name = [event.suite, event.set, event.case].filter(Boolean).join("/")
    const value = measurement === undefined ? "" : ` ${measurement} ${units ?? ""}`.trimEnd()
    const reason = errorMessage === undefined ? "" : `: ${errorMessage}`
    const paint = resultPaint(event.result, style)
    const sign = paint(signs[event.result])
    return `${sign} ${sanitise(name)} ${paint(event.result)}${sanitise(`${value}${reason}`)}`
  }
  const text = (event: Told): string | undefined =>
    match(event)
      .with(
        { type: "job-started" },
        ({ job, jobId, device, deviceType }) => `${job}: job ${jobId} on ${device} (${deviceType})`,
      )
      .with({ type: "action-started" }, (event) => {
        lastProgress.set(event.node, event.time)
        return started(event)
      })
      .with({ type: "action-progress" }, progress)
      .with({ type: "action-ended" }, ended)
      .with({ type: "result" }, result)
      .with({ type: "log", level: "debug" }, () => undefined)
      .with({ type: "log", level: P.union("info", "event") }, ({ message }) => sanitise(message))
      .with({ type: "log", level: "warning" }, ({ message }) =>
        style.yellow(`warning: ${sanitise(message)}`),
      )
      .with({ type: "log", level: "error" }, ({ message }) =>
        style.red(`error: ${sanitise(message)}`),
      )
      .with({ type: "node-ended" }, ({ status, durationSeconds }) => {
        const sign = status === "complete" ? style.green(signs.pass) : style.red(signs.fail)
        return `${sign} ${status} after ${duration(durationSeconds)}`
      })
      .with({ type: P.union("case-marker", "job-ended") }, () => undefined)
      .exhaustive()
  const write = ({ time, node }: Pick<JobEvent, "time" | "node">, text: string) =>
    output.write(`${style.dim(timeOfDay(time))} ${labels.of(node)}${text}\n`)
  const writeConsole = (typed: TimedLine) => {
    const { console, direction, line } = typed
    const sign = direction === "input" ? signs.typed : signs.console
    write(typed, style.dim(`${console} ${sign} ${sanitise(line)}`))
  }

  return {
    event: (event) => {
      if (event.type === "console") {
        for (const line of echoes.of(event).take(event)) writeConsole(line)
        return
      }
      labels.event(event)
      running.of(event).event(event)
      summary.event(event)
      const line = text(event)
      // What ended the job is told with the verdict.
      const error = event.type === "job-ended" ? undefined : newError(event)
      if (line !== undefined || error)
        for (const typed of echoes.of(event).rest()) writeConsole(typed)
      if (line !== undefined) write(event, line)
      if (error) write(event, style.red(`${error._tag}: ${sanitise(error.message)}`))
    },
    end: () => {
      for (const each of echoes.all()) for (const typed of each.rest()) writeConsole(typed)
      const lines = endingLines(summary.summary(), pageWidth, style, files)
      output.write(`${lines.join("\n")}\n`)
    },
  }
}
