import type { DispatchError } from "../../pipeline/errors.ts"
import { exitCode } from "../exit-code.ts"
import type { Style } from "../style.ts"
import { isGood, type JobSummary, type ReportedCase } from "../summary.ts"
import { count, duration } from "./quantities.ts"
import { resultsTable } from "./results-table.ts"
import { sanitise, textWidth, wrap } from "./text.ts"

/** Lines of the console that are shown with an error. */
const consoleLines = 12

/** What each class of error means to who reads it, and what to do about it. */
const meanings: Readonly<Record<Exclude<DispatchError["_tag"], "CanceledError">, string>> = {
  InfrastructureError:
    "the lab failed, not the job: mend what is named above and run the job again",
  JobError: "what the job asks for does not work: the console shows how far it came",
  TestError: "a test ended the job: its last lines tell why",
  ConfigurationError: "the job, the lab file or a device type is wrong: mend what is named above",
  BugError:
    "a mistake in the dispatcher or in a plugin: run the job again with --debug and report what it prints",
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
  ...nodeLines(summary, width, style),
  ...(summary.error ? errorLines(summary.error, width, style) : []),
  ...filesLines(summary, width, style, files),
]

/** How the nodes of a job with roles ended, those that did not complete with the reason. */
const nodeLines = (
  { nodes, error: told }: JobSummary,
  width: number,
  style: Style,
): Array<string> =>
  nodes.flatMap(({ node, device, status, error, durationSeconds }) => {
    const good = status === "complete"
    const paint = good ? style.green : style.red
    const sign = good ? style.signs.pass : style.signs.fail
    // What ended the job is told below.
    const why =
      error && error.message !== told?.message
        ? `: ${error.message.split("\n").map(sanitise).join(" ")}`
        : ""
    const text = `${node} on ${device}: ${status} in ${duration(durationSeconds)}${why}`
    const [first = "", ...more] = wrap(text, width - 4)
    return [`  ${paint(sign)} ${first}`, ...more.map((line) => `    ${line}`)]
  })

/** Where to look further; without files, how to get some where that would have helped. */
const filesLines = (
  summary: JobSummary,
  width: number,
  style: Style,
  files: string | undefined,
): Array<string> => {
  if (files !== undefined) return ["", `  ${style.dim("files")}  ${files}`]
  if (exitCode(summary) === 0 || summary.status === "canceled") return []
  const advice = "no files kept: --output-dir DIR keeps the log, the console and the results"
  return ["", ...wrap(advice, width - 2).map((line) => `  ${style.dim(line)}`)]
}

const verdict = (summary: JobSummary, width: number, style: Style): Array<string> => {
  const { error, counts, cases, durationSeconds, status } = summary
  const { signs } = style
  const took = `in ${duration(durationSeconds)}`
  const bad = counts.fail + counts.unknown
  const good = exitCode(summary) === 0
  const paint = good ? style.green : style.red
  const text = error
    ? status === "canceled"
      ? `Canceled ${took}`
      : `Failed ${took}: ${error._tag} in ${error.action ?? "the job"}`
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
  // Who canceled a job knows why.
  if (error._tag === "CanceledError") return []
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
