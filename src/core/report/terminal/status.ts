import type { Style } from "../style.ts"
import type { JobSummary } from "../summary.ts"
import { bytes, clock } from "./quantities.ts"
import { type Running, type RunningAction, speed, type Transfer } from "./running.ts"
import { textWidth, truncate } from "./text.ts"

/** What the status lines are drawn from. */
export interface StatusSource {
  /** One, or the nodes of a job with roles; each with what stands before its line. */
  readonly nodes: ReadonlyArray<{ readonly label: string; readonly running: Running }>
  readonly summary: JobSummary
  /** Milliseconds since 1970. */
  readonly now: number
}

/**
 * The lines at the bottom of the screen, each at most `width` columns: what runs, for how long and how long it
 * may still; then its transfer, or what it is about, and how the job stands. They keep to the left, so that a
 * window made narrower seldom breaks them. Each node of a job with roles has a line of what it runs.
 */
export const statusLines = (source: StatusSource, width: number, style: Style): Array<string> => {
  const paths = source.nodes.map(({ label, running }) => ({ label, path: running.path() }))
  const actions = paths.map(
    ({ label, path }) => label + actionLine(source, path, width - textWidth(label), style),
  )
  const busy = paths.find(({ path }) => path.some(({ transfer }) => transfer))
  const [only] = paths.length === 1 ? paths : []
  return ["", ...actions, workLine(source, (busy ?? only)?.path ?? [], width, style)]
}

const actionLine = (
  { now, summary }: StatusSource,
  path: ReadonlyArray<RunningAction>,
  width: number,
  style: Style,
): string => {
  const { signs } = style
  const turn = style.cyan(signs.spinner.charAt(Math.floor(now / 100) % signs.spinner.length))
  const step = path.at(-1)
  if (!step) {
    const text = summary.job ? "between actions" : "preparing the job"
    return `${turn} ${style.dim(truncate(text, width - 2, signs.more))}`
  }
  // The limit that strikes first may be that of an action further up.
  const limits = path.map(({ action, since }) => since / 1000 + action.timeoutSeconds - now / 1000)
  const left = Math.max(0, Math.min(...limits))
  const paint = left < step.action.timeoutSeconds / 5 ? style.yellow : style.dim
  const again = step.action.attempt > 1 ? `try ${step.action.attempt}` : ""
  const elapsed = clock((now - step.since) / 1000)
  const times = joined(["", again, elapsed, `${clock(Math.ceil(left))} left`], style)
  const room = width - 2 - textWidth(times)
  const names = path.map(({ action }) => action.name)
  const last = names.at(-1) ?? ""
  if (room < 8) return `${turn} ${style.bold(truncate(last, width - 2, signs.more))}`
  const above = breadcrumb(names.slice(0, -1), room - textWidth(last), style)
  const name = truncate(last, room, signs.more)
  return `${turn} ${style.dim(above)}${style.bold(name)}${paint(times)}`
}

/** The names above the step, as many of the nearest as there is room for. */
const breadcrumb = (names: ReadonlyArray<string>, room: number, { signs }: Style): string => {
  const arrow = ` ${signs.into} `
  for (let from = 0; from < names.length; from++) {
    const kept = [...(from > 0 ? [signs.more] : []), ...names.slice(from)]
    const text = kept.map((name) => name + arrow).join("")
    if (textWidth(text) <= room) return text
  }
  return ""
}

/** With less room than this a transfer with its bar stands alone. */
const roomForTransfer = 60

const workLine = (
  { nodes, summary, now }: StatusSource,
  path: ReadonlyArray<RunningAction>,
  width: number,
  style: Style,
): string => {
  const transfer = path.findLast((each) => each.transfer)?.transfer
  const stepsDone = nodes.reduce((sum, { running }) => sum + running.stepsDone(), 0)
  const standing = jobStanding(summary, stepsDone, now, style)
  const room = width - 2 - textWidth(standing)
  if (transfer) {
    if (transfer.total !== undefined && room < roomForTransfer)
      return `  ${transferText(transfer, now, width - 2, style)}`
    return `  ${transferText(transfer, now, room, style)}${standing}`
  }
  const about = path.at(-1)?.action.description ?? ""
  if (room < 8) return `  ${style.dim(truncate(about, width - 2, style.signs.more))}`
  return `  ${style.dim(truncate(about, room, style.signs.more))}${standing}`
}

/** " · 12 ✔ 1 ✖ · 7/23 steps · job 1:22" */
const jobStanding = (summary: JobSummary, stepsDone: number, now: number, style: Style): string => {
  const { job, counts, startTime } = summary
  const { signs } = style
  const bad = counts.fail + counts.unknown
  const cases = [
    counts.pass > 0 ? style.green(`${counts.pass} ${signs.pass}`) : "",
    bad > 0 ? style.red(`${bad} ${signs.fail}`) : "",
  ]
  const done = job ? `${Math.min(stepsDone, job.actions)}/${job.actions} steps` : ""
  const time = startTime === undefined ? "" : `job ${clock((now - startTime) / 1000)}`
  const shown = cases.filter(Boolean).join(" ")
  return `${style.dim(shown && ` ${signs.dot} `)}${shown}${style.dim(joined(["", done, time], style))}`
}

const transferText = (transfer: Transfer, now: number, width: number, style: Style): string => {
  const { done, total, what } = transfer
  const { signs } = style
  const perSecond = speed(transfer, now)
  const rate = perSecond > 0 ? `${bytes(perSecond)}/s` : ""
  const amount = total === undefined ? bytes(done) : `${bytes(done)} of ${bytes(total)}`
  const left = total && perSecond > 0 ? `${clock((total - done) / perSecond)} left` : ""
  const part = total ? Math.min(1, done / total) : undefined
  const percent = part === undefined ? "" : `${String(Math.floor(part * 100)).padStart(3)} % `
  const figures = joined([percent + amount, rate, left], style)
  const barWidth = part === undefined ? 0 : Math.min(24, width - textWidth(figures) - 16)
  const bar = part === undefined || barWidth < 6 ? "" : `${drawBar(part, barWidth, style)} `
  const room = width - textWidth(bar) - textWidth(figures) - 1
  if (room < 4) return style.dim(truncate(figures, width, signs.more))
  return `${truncate(what, room, signs.more)} ${bar}${style.dim(figures)}`
}

const drawBar = (part: number, width: number, style: Style): string => {
  const full = Math.round(part * width)
  const empty = style.signs.empty.repeat(width - full)
  return style.cyan(style.signs.full.repeat(full)) + style.dim(empty)
}

/** Parts with dots between them; an empty first one makes a dot in front, other empty ones count for nothing. */
const joined = (parts: ReadonlyArray<string>, { signs }: Style): string =>
  parts.filter((part, index) => part !== "" || index === 0).join(` ${signs.dot} `)
