import { stripVTControlCharacters } from "node:util"
import type { DispatchError } from "../pipeline/errors.ts"
import { suiteName } from "./per-node.ts"
import type { JobSummary, ReportedCase } from "./summary.ts"

/**
 * A job's results as JUnit XML, in the form that Jenkins and GitLab read: a testsuite for each suite (of each node, in
 * a job with roles), a testcase for each case, its test set as part of its classname. The job itself is the case `job` of the suite `lava`, so
 * that a job which broke is never a green one. Measurements are properties of their case and stand in its
 * output too, since GitLab shows no properties; messages stand in the attribute and in the text, since
 * readers differ in which they show. "unknown" becomes an error: the test gave no verdict. A case that comes
 * again has its number behind its name, since GitLab would drop it otherwise.
 */
export const junitXml = (summary: JobSummary): string => {
  const suites = Map.groupBy(summary.cases, suiteName)
  for (const name of [
    "lava",
    ...summary.nodes.map(({ node }) => suiteName({ node, suite: "lava" })),
  ]) {
    if (!suites.has(name)) suites.set(name, [])
  }
  const parts = [...suites].map(([name, cases]) => suiteXml(name, cases, summary))
  const counts = total(parts.map((part) => part.counts))
  const attributes = {
    name: summary.job?.job ?? "job",
    ...counts,
    time: seconds(summary.durationSeconds),
  }
  const body = parts.map((part) => part.xml).join("")
  return `<?xml version="1.0" encoding="UTF-8"?>\n${element("testsuites", attributes, `\n${body}`)}\n`
}

interface Counts {
  readonly tests: number
  readonly failures: number
  readonly errors: number
  readonly skipped: number
}

const total = (all: ReadonlyArray<Counts>): Counts => ({
  tests: all.reduce((sum, each) => sum + each.tests, 0),
  failures: all.reduce((sum, each) => sum + each.failures, 0),
  errors: all.reduce((sum, each) => sum + each.errors, 0),
  skipped: all.reduce((sum, each) => sum + each.skipped, 0),
})

interface Part {
  readonly xml: string
  readonly counts: Counts
}

const suiteXml = (name: string, cases: ReadonlyArray<ReportedCase>, summary: JobSummary): Part => {
  const { job, startTime } = summary
  const own = summary.nodes.find(({ node }) => name === suiteName({ node, suite: "lava" }))
  const of = job?.nodes?.find(({ node }) => name.startsWith(`${node}/`)) ?? job
  const seen = new Map<string, number>()
  const parts = cases.map((each) => {
    const key = `${each.set ?? ""}\n${each.case}`
    const times = (seen.get(key) ?? 0) + 1
    seen.set(key, times)
    return caseXml(each, times > 1 ? `${each.case} (${times})` : each.case)
  })
  if (name === "lava") parts.push(jobXml(summary, name))
  if (own) parts.push(jobXml(own, name))
  const counts = total(parts.map((part) => part.counts))
  const time = cases.reduce((sum, each) => sum + (each.durationSeconds ?? 0), 0)
  const attributes = {
    name,
    ...counts,
    time: seconds(name === "lava" ? summary.durationSeconds : (own?.durationSeconds ?? time)),
    timestamp: startTime === undefined ? undefined : new Date(startTime).toISOString().slice(0, 19),
    hostname: of?.device,
  }
  const described = properties({
    job: job?.job,
    job_id: job?.jobId,
    device: of?.device,
    device_type: of?.deviceType,
  })
  const body = parts.map((part) => part.xml).join("")
  return { xml: `${element("testsuite", attributes, `\n${described}${body}`)}\n`, counts }
}

const caseXml = (each: ReportedCase, name: string): Part => {
  const { measurement, units, reference, set } = each
  const words = [
    measurement === undefined ? undefined : `measurement: ${measurement} ${units ?? ""}`.trimEnd(),
    reference === undefined ? undefined : `reference: ${reference}`,
  ].filter((line) => line !== undefined)
  const output = words.length > 0 ? element("system-out", {}, escape(words.join("\n"))) : ""
  const verdict = verdictXml(each)
  const attributes = {
    classname: set === undefined ? suiteName(each) : `${suiteName(each)}.${set}`,
    name,
    time: seconds(each.durationSeconds ?? 0),
  }
  const described = properties({ measurement, units, reference, set })
  return part(attributes, `${described}${verdict}${output}`, {
    failures: each.result === "fail" ? 1 : 0,
    errors: each.result === "unknown" ? 1 : 0,
    skipped: each.result === "skip" ? 1 : 0,
  })
}

const verdictXml = ({ result, errorMessage, errorType }: ReportedCase): string => {
  switch (result) {
    case "pass":
      return ""
    case "skip":
      return element("skipped", { message: errorMessage })
    case "fail":
      return problem("failure", errorMessage ?? "the test case failed", errorType ?? "fail")
    case "unknown":
      return problem("error", errorMessage ?? "the test gave no verdict", errorType ?? "unknown")
  }
}

/** How the job ended, or a node of it. */
const jobXml = (
  {
    error,
    durationSeconds,
  }: Pick<JobSummary, "durationSeconds"> & { readonly error?: JobSummary["error"] },
  classname: string,
): Part => {
  const attributes = { classname, name: "job", time: seconds(durationSeconds) }
  if (!error) return part(attributes, "", { failures: 0, errors: 0, skipped: 0 })
  const failed = error._tag === "JobError" || error._tag === "TestError"
  const xml = problem(failed ? "failure" : "error", error.message, error._tag, detail(error))
  return part(attributes, xml, { failures: failed ? 1 : 0, errors: failed ? 0 : 1, skipped: 0 })
}

const detail = (error: DispatchError): string =>
  [
    error.message,
    ...(error.action === undefined ? [] : [`action: ${error.action}`]),
    ...(error.console?.length ? ["the console's last lines:", ...error.console] : []),
  ].join("\n")

const problem = (kind: string, message: string, type: string, text: string = message): string =>
  element(kind, { message, type }, escape(text))

const part = (attributes: Attributes, body: string, counts: Omit<Counts, "tests">): Part => ({
  xml: `${element("testcase", attributes, body)}\n`,
  counts: { tests: 1, ...counts },
})

const properties = (values: Attributes): string => {
  const body = Object.entries(values)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => element("property", { name, value }))
    .join("")
  return body && element("properties", {}, body)
}

type Attributes = Readonly<Record<string, string | number | undefined>>

const element = (name: string, attributes: Attributes, body = ""): string => {
  const written = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}="${escapeAttribute(String(value))}"`)
    .join("")
  return body === "" ? `<${name}${written}/>` : `<${name}${written}>${body}</${name}>`
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "\t": "&#9;",
  "\n": "&#10;",
  "\r": "&#13;",
}

/**
 * Text for XML 1.0. A console's escape sequences are left out; other control characters, which cannot stand in
 * XML at all, become U+FFFD.
 */
const escape = (text: string): string =>
  stripVTControlCharacters(text.toWellFormed())
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "\ufffd")
    .replace(/[&<>\r]/g, (character) => entities[character] ?? character)

/** The same inside an attribute, where line breaks would be read as spaces. */
const escapeAttribute = (text: string): string =>
  escape(text).replace(/["\t\n]/g, (character) => entities[character] ?? character)

const seconds = (value: number): string => value.toFixed(3)
