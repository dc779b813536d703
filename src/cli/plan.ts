import { missingPrograms } from "../core/host-program.ts"
import { commonNamespace } from "../core/pipeline/job-data.ts"
import { type PlannedAction, programsOf } from "../core/pipeline/plan.ts"
import { makeMask } from "../core/report/mask.ts"
import { type Display, displayOf } from "../core/report/output.ts"
import { styleFor } from "../core/report/style.ts"
import { duration } from "../core/report/terminal/quantities.ts"
import { pad, textWidth, wrap } from "../core/report/terminal/text.ts"
import type { PlannedNode, ReadyJob } from "../index.ts"
import type { JobServices } from "../core/lab/services.ts"
import { type JobOptions, settleJob } from "./settle-job.ts"

/** The options of `dispatch plan`. */
export interface PlanOptions extends JobOptions {
  readonly format: "text" | "json"
}

/** Prints a job's plan; answers the exit code. Rejects with ConfigurationError where there can be none. */
export const plan = async (path: string, options: PlanOptions): Promise<number> => {
  const { ready } = await settleJob(path, options)
  const mask = makeMask(ready.secrets)
  const text = options.format === "json" ? asJson(ready) : asText(ready, displayOf())
  process.stdout.write(mask(text))
  return 0
}

const asJson = ({ definition, nodes, warnings }: ReadyJob): string => {
  const planned = nodes.map(({ role, device, plan }) => ({
    ...(role && { node: role.node, role: role.role }),
    device: device.name,
    deviceType: device.type,
    timeoutSeconds: plan.timeoutSeconds,
    warnings: [...warnings, ...warningsOf(plan)],
    actions: plan.blocks,
  }))
  const job = definition.job_name
  const whole = nodes[0].role ? { job, nodes: planned } : { job, ...planned[0] }
  // What an action runs is no data.
  return `${JSON.stringify(whole, (key, value: unknown) => (key === "run" ? undefined : value), 2)}\n`
}

/** A job that a program is missing for would end before anything is done. */
const warningsOf = (plan: PlannedNode["plan"]): ReadonlyArray<string> => [
  ...plan.warnings,
  ...missingPrograms(programsOf(plan)),
]

/** Long descriptions are broken at a terminal's edge; what is piped keeps its lines. */
const asText = ({ definition, nodes, warnings }: ReadyJob, display: Display): string => {
  const { yellow, signs } = styleFor(display)
  const lost = warnings.map((each) => `${yellow(`${signs.warning} ${each}`)}\n`)
  return [
    ...(lost.length > 0 ? [lost.join("")] : []),
    ...nodes.map((node) => nodeText(definition.job_name, node, display)),
  ].join("\n")
}

const nodeText = (job: string, { role, device, plan }: PlannedNode, display: Display): string => {
  const style = styleFor(display)
  const rows = plan.blocks.flatMap((block) => rowsOf(block, 0))
  const column = (cell: (row: Row) => string) =>
    Math.max(...rows.map((row) => textWidth(cell(row))))
  const [level, name, time, tries] = [
    column((row) => row.level),
    column((row) => row.name),
    column((row) => row.time),
    column((row) => row.tries),
  ]
  const indent = level + name + time + tries + 6 + (tries > 0 ? 2 : 0)
  const width = display.live ? Math.max(30, display.size().columns - indent - 1) : Infinity
  const margin = " ".repeat(indent)
  const text = rows.flatMap((row) => {
    const [first = "", ...more] = wrap(row.description, width)
    const cells = [
      style.dim(pad(row.level, level)),
      (row.depth === 0 ? style.bold : String)(pad(row.name, name)),
      row.time.padStart(time),
      ...(tries > 0 ? [row.tries.padStart(tries)] : []),
    ]
    const details = row.details.flatMap((detail) =>
      wrap(detail, width - 2).map((line, index) =>
        style.dim(`${margin}${index === 0 ? style.signs.into : " "} ${line}`),
      ),
    )
    return [`${cells.join("  ")}  ${first}`, ...more.map((line) => margin + line), ...details]
  })
  const title = `${style.bold(job)}${role ? `, ${role.node},` : ""} on ${device.name} (${device.type}), ${duration(plan.timeoutSeconds)} at most`
  const warnings = warningsOf(plan).map((each) => style.yellow(`${style.signs.warning} ${each}`))
  return `${[title, "", ...text, ...(warnings.length > 0 ? ["", ...warnings] : [])].join("\n")}\n`
}

/** One action as it is shown. */
interface Row {
  readonly depth: number
  readonly level: string
  readonly name: string
  readonly time: string
  readonly tries: string
  readonly description: string
  readonly details: ReadonlyArray<string>
}

const rowsOf = (action: PlannedAction<JobServices>, depth: number): ReadonlyArray<Row> => {
  const { attempts } = action.retry
  const notes = [
    ...(action.namespace === commonNamespace ? [] : [`namespace ${action.namespace}`]),
    ...(action.always ? ["however the job ends"] : []),
    ...(action.fallback ? [`only where ${action.fallback.failed}`] : []),
  ]
  const row: Row = {
    depth,
    level: action.level,
    name: "  ".repeat(depth) + action.name,
    time: duration(action.timeoutSeconds),
    tries: attempts > 1 ? `${attempts} tries` : "",
    description: action.description + (notes.length > 0 ? ` (${notes.join(", ")})` : ""),
    details: action.details,
  }
  return [row, ...action.children.flatMap((child) => rowsOf(child, depth + 1))]
}
