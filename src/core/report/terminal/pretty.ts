import type { Output } from "../output.ts"
import { perNode } from "../per-node.ts"
import type { Reporter } from "../reporter.ts"
import { styleFor } from "../style.ts"
import { summarize } from "../summary.ts"
import { endingLines } from "./ending.ts"
import { makeLiveRegion } from "./live-region.ts"
import { nodeLabels } from "./node-labels.ts"
import { count } from "./quantities.ts"
import { followActions } from "./running.ts"
import { statusLines } from "./status.ts"
import { consoleText, makeTranscript } from "./transcript.ts"

/** The time between two drawings, in milliseconds. */
const drawingSpan = 100
/** More lines than this are not kept for the next drawing. */
const mostWaiting = 5000

/** What a view says beside the job's events. */
export interface ViewOptions {
  /** The directory with the job's files. */
  readonly files?: string | undefined
}

/**
 * The job for a person at a terminal: what it does scrolls by, the console dimmed behind it, and below stand two
 * lines with the action that runs, its time and its transfer; at the end the results and the verdict. It draws
 * ten times a second at most, and no more of the console than fits; what it leaves out is in the log.
 */
export const prettyView = (output: Output, { files }: ViewOptions = {}): Reporter => {
  const style = styleFor(output)
  const running = perNode(followActions)
  const labels = nodeLabels(style)
  const transcript = makeTranscript(style)
  const summary = summarize()
  const region = makeLiveRegion(output)
  /** Lines to draw: ours are text, the console's are kept as they came until it is known which fit. */
  let waiting: Array<string | { readonly console: string; readonly label: string }> = []
  let skipped = 0
  let width = usable(output)

  /** Lets go of the console's oldest lines, all that would not fit on the screen. */
  const trim = () => {
    const fitting = Math.max(4, output.size().rows)
    let excess = waiting.filter((each) => typeof each !== "string").length - fitting
    if (excess <= 0) return
    skipped += excess
    waiting = waiting.filter((each) => typeof each === "string" || excess-- <= 0)
  }
  const takeWaiting = (): Array<string> => {
    trim()
    const note = `  ${style.signs.more} ${count(skipped, "line")} of the console not shown`
    const lines = waiting.map((each) =>
      typeof each === "string"
        ? each
        : each.label + consoleText(each.console, width - labels.width(), style),
    )
    const all = skipped > 0 ? [style.dim(note), ...lines] : lines
    waiting = []
    skipped = 0
    return all
  }
  const draw = () => {
    // A reader that paused the terminal gets one drawing when it goes on, not all that it missed.
    if (output.unread() > 0) return
    width = usable(output)
    const { job } = summary.summary()
    const nodes = (job?.nodes ?? [{ node: undefined }]).map(({ node }) => ({
      label: labels.of(node),
      running: running.of(node === undefined ? {} : { node }),
    }))
    const source = { nodes, summary: summary.summary(), now: Date.now() }
    region.draw(takeWaiting(), statusLines(source, width, style))
  }

  const timer = setInterval(draw, drawingSpan).unref()
  return {
    event: (event) => {
      if (event.type === "console") {
        if (event.direction === "input") return
        waiting.push({ console: event.line, label: labels.of(event.node) })
        if (waiting.length > mostWaiting) trim()
        return
      }
      const its = running.of(event)
      const wasStep = "level" in event && !its.at(event.level ?? "")?.hasChildren
      its.event(event)
      labels.event(event)
      summary.event(event)
      const label = labels.of(event.node)
      const lines = transcript(event, label === "" ? width : width - labels.width(), wasStep)
      waiting.push(...lines.map((line) => (line === "" ? line : label + line)))
    },
    end: () => {
      clearInterval(timer)
      width = usable(output)
      const ending = endingLines(summary.summary(), width, style, files)
      region.draw([...takeWaiting(), ...ending], [])
    },
  }
}

/** Columns to draw in: the last stays free, since terminals differ in what they do when it is full. */
const usable = (output: Output): number => Math.max(20, output.size().columns - 1)
