import { match, P } from "ts-pattern"
import type {
  ActionEnded,
  ActionStarted,
  CaseResult,
  CaseResultEvent,
  JobEvent,
} from "../../pipeline/events.ts"
import type { Paint, Style } from "../style.ts"
import { isActionResult } from "../settled-results.ts"
import { newErrors } from "../told-errors.ts"
import { duration } from "./quantities.ts"
import { sanitise, spread, truncate, wrap } from "./text.ts"

/** What stands at the two ends of a wider row is no longer seen as one. */
const widestRow = 100

/** The colour of a result. */
export const resultPaint = (result: CaseResult, style: Style): Paint =>
  ({ pass: style.green, fail: style.red, skip: style.dim, unknown: style.yellow })[result]

/** A line of a console, dimmed behind what the dispatcher says itself. */
export const consoleText = (line: string, width: number, style: Style): string =>
  style.dim(`  ${style.signs.console} ${truncate(sanitise(line), width - 4, style.signs.more)}`)

/**
 * What scrolls by above the status lines: blocks as they begin, steps as they end, results, warnings and errors.
 * The consoles' lines are not among it, since a view draws only as many of these as fit.
 */
export const makeTranscript = (style: Style) => {
  const { signs } = style
  const newError = newErrors()

  const ended = (event: ActionEnded, width: number): Array<string> => {
    const ok = event.outcome === "pass"
    const paint = ok ? style.green : style.red
    const note = event.outcome === "canceled" ? `${event.name} (canceled)` : event.name
    const [name, time] = spread(
      note,
      duration(event.durationSeconds),
      Math.min(width, widestRow) - 4,
      signs.more,
    )
    return [`  ${paint(ok ? signs.pass : signs.fail)} ${name}${style.dim(time)}`]
  }

  const result = (event: CaseResultEvent, width: number): Array<string> => {
    if (isActionResult(event)) return []
    const paint = resultPaint(event.result, style)
    const value = event.measurement === undefined ? "" : `${event.measurement} ${event.units ?? ""}`
    const name = sanitise([event.suite, event.set, event.case].filter(Boolean).join("/"))
    const verdict = [sanitise(value).trim(), event.result].filter((text) => text !== "").join("  ")
    const [left, right] = spread(name, verdict, Math.min(width, widestRow) - 4, signs.more)
    const reason = event.errorMessage ? block(event.errorMessage, width, paint) : []
    return [`  ${paint(signs[event.result])} ${style.bold(left)}${paint(right)}`, ...reason]
  }

  const block = (text: string, width: number, paint: Paint): Array<string> =>
    wrap(text.split("\n").map(sanitise).join("\n"), width - 4).map((line) => `    ${paint(line)}`)

  const blockBegins = ({ name, attempt, description }: ActionStarted, width: number) => {
    const again = attempt > 1 ? ` (try ${attempt})` : ""
    const about = truncate(description, width - name.length - again.length - 4, signs.more)
    return ["", `${style.cyan(signs.block)} ${style.bold(name)}${again}  ${style.dim(about)}`]
  }

  const complaint = (message: string, width: number, paint: Paint): Array<string> => {
    const [first = "", ...rest] = block(message, width, paint)
    return [`  ${paint(signs.warning)} ${first.trimStart()}`, ...rest]
  }

  /** The lines for an event; `wasStep` says of an action that ended whether it had no actions inside. */
  return (event: JobEvent, width: number, wasStep: boolean): Array<string> => {
    const error = newError(event)
    return match(event)
      .with({ type: "job-started" }, ({ job, device, deviceType }) => [
        style.bold(truncate(`${job} on ${device} (${deviceType})`, width, signs.more)),
      ])
      .with({ type: "node-ended" }, ({ status, durationSeconds }) => {
        const [sign, paint] =
          status === "complete" ? [signs.pass, style.green] : [signs.fail, style.red]
        return [
          "",
          `${paint(sign)} ${style.bold(status)} ${style.dim(`in ${duration(durationSeconds)}`)}`,
          ...(error ? block(error.message, width, style.red) : []),
        ]
      })
      .with({ type: "action-started", level: P.string.includes(".") }, () => [])
      .with({ type: "action-started" }, (event) => blockBegins(event, width))
      .with({ type: "action-ended", final: true }, (event) => [
        ...(wasStep || error ? ended(event, width) : []),
        ...(error ? block(error.message, width, style.red) : []),
      ])
      .with({ type: "result" }, (event) => result(event, width))
      .with({ type: "log", level: "info" }, ({ message }) => block(message, width, style.dim))
      .with({ type: "log", level: "warning" }, ({ message }) =>
        complaint(message, width, style.yellow),
      )
      .with({ type: "log", level: "error" }, ({ message }) => complaint(message, width, style.red))
      .otherwise(() => [])
  }
}
