import { suiteName } from "./per-node.ts"
import type { JobSummary, ReportedCase } from "./summary.ts"
import { block } from "./lava-yaml.ts"

/**
 * A job's results in the Test Anything Protocol, version 13, a line a case and what more is known of it as YAML behind
 * it: https://testanything.org/tap-version-13-specification.html. The last one is the job itself, so that a job which
 * broke is never a good one.
 */
export const tap = ({ cases, error }: JobSummary): string => {
  const points = [
    ...cases.map((each) => point(nameOf(each), each.result, detailsOf(each))),
    point("lava job", error ? "fail" : "pass", {
      message: error?.message,
      error_type: error?._tag,
    }),
  ]
  const numbered = points.map(({ ok, text }, index) => `${ok} ${index + 1} - ${text}`)
  return ["TAP version 13\n", `1..${points.length}\n`, ...numbered].join("")
}

const nameOf = (each: ReportedCase): string =>
  [suiteName(each), each.set, each.case].filter((word) => word !== undefined).join(" ")

const detailsOf = ({ result, measurement, units, reference, errorMessage }: ReportedCase) => ({
  result: result === "unknown" ? result : undefined,
  measurement,
  units,
  reference,
  message: errorMessage,
})

/** @param details what is undefined in it is left out */
const point = (
  name: string,
  result: ReportedCase["result"],
  details: Readonly<Record<string, string | undefined>>,
) => {
  // What follows a # is a directive.
  const line = `${name.replaceAll("#", "_")}${result === "skip" ? " # SKIP" : ""}\n`
  const known = Object.fromEntries(
    Object.entries(details).filter(([, value]) => value !== undefined),
  )
  const lines = block(known).trimEnd().split("\n")
  const yaml = ["---", ...lines, "..."].map((line) => `  ${line}\n`).join("")
  return {
    ok: result === "pass" || result === "skip" ? "ok" : "not ok",
    text: Object.keys(known).length === 0 ? line : line + yaml,
  }
}
