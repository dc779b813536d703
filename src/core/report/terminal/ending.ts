import type { DispatchError } from "../../pipeline/errors.ts"
import type { Style } from "../style.ts"
import { isGood, type JobSummary, type ReportedCase } from "../summary.ts"
import { count, duration } from "./quantities.ts"
import { resultsTable } from "./results-table.ts"
import { sanitise, textWidth, wrap } from "./text.ts"

/** Lines of the console that are shown with an error. */
const consoleLines = 12

/** What each class of error means to who reads it. */
const meanings: Readonly<Record<DispatchError["_tag"], string>> = {
  InfrastructureError: "the lab failed, not the job",
  JobError: "what the job asked for does not work",
  TestError: "a test ended the job",
  ConfigurationError: "the job, the lab file or a device type is wrong",
  CanceledError: "somebody canceled the job",
  BugError: "a mistake in the dispatcher or in a plugin",
}

/** What stands at the end of a job, each line at most `width` columns: results, verdict, error, files. */
export const endingLines = (
  summary: JobSummary,
  width: number,
  style: Style,
  files?: string,
): Array<string> => [
  ...resultsTable(summary.cases, width, style),
  "",
  ...verdict(summary, width, style),
  ...(summary.error ? errorLines(summary.error, width, style) : []),
  ...(files === undefined ? [] : ["", `  ${style.dim("files")}  ${files}`]),
]

const verdict = (summary: JobSummary, width: number, style: Style): Array<string> => {
  const { error, counts, cases, durationSeconds, status } = summary
  const { signs } = style
  const took = `in ${duration(durationSeconds)}`
  const bad = counts.fail + counts.unknown
  const good = status === "complete" && !error && bad === 0
  const paint = good ? style.green : style.red
  const text = error
    ? `${status === "canceled" ? "Canceled" : "Failed"} ${took}: ${error._tag} in ${error.action ?? "the job"}`
    : status === undefined
      ? "The job did not say how it ended"
      : `Complete ${took}${bad > 0 ? `, but ${bad} of ${count(cases.length, "case")} did not pass${named(cases)}` : ""}`
  const tally = [
    counts.pass > 0 ? style.green(`${counts.pass} passed`) : "",
    counts.fail > 0 ? style.red(`${counts.fail} failed`) : "",
    counts.unknown > 0 ? style.yellow(`${counts.unknown} without a verdict`) : "",
    counts.skip > 0 ? style.dim(`${counts.skip} skipped`) : "",
  ].filter((part) => part !== "")
  const oneLine = tally.join(style.dim(` ${signs.dot} `))
  const [first = "", ...more] = wrap(text, width - 2)
  return [
    `${paint(good ? signs.pass : signs.fail)} ${style.bold(paint(first))}`,
    ...more.map((line) => `  ${style.bold(paint(line))}`),
    ...(textWidth(oneLine) <= width - 2 ? [oneLine] : tally)
      .filter((line) => line !== "")
      .map((line) => `  ${line}`),
  ]
}

/** The names of the cases that did not pass, where they are few. */
const named = (cases: ReadonlyArray<ReportedCase>): string => {
  const names = cases.filter((each) => !isGood(each.result)).map((each) => each.case)
  return names.length > 3 ? "" : `: ${sanitise(names.join(", "))}`
}

const errorLines = (error: DispatchError, width: number, style: Style): Array<string> => {
  const message = error.message.split("\n").map(sanitise).join("\n")
  const tail = (error.console ?? [])
    .slice(-consoleLines)
    .flatMap((line) => wrap(sanitise(line), width - 4))
    .map((line) => `  ${style.signs.console} ${line}`)
  return [
    ...wrap(message, width - 2).map((line) => `  ${line}`),
    ...wrap(`${error._tag}: ${meanings[error._tag]}`, width - 2).map(
      (line) => `  ${style.dim(line)}`,
    ),
    ...(tail.length > 0 ? ["", `  ${style.dim("the console's last lines")}`, ...tail] : []),
  ]
}
