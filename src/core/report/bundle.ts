import { randomUUID } from "node:crypto"
import { mkdirSync, rmSync } from "node:fs"
import { join } from "node:path"
import type { Bundle } from "../job/v2/bundle.ts"
import type { CaseResult, CaseResultEvent, JobEvent, JobStarted } from "../pipeline/events.ts"
import { writeAtomically } from "./atomic-file.ts"
import { postBundle } from "./dashboard.ts"
import type { Reporter } from "./reporter.ts"

/** A result in a bundle. */
interface BundleResult {
  readonly test_case_id: string
  readonly result: CaseResult
  readonly measurement?: number
  readonly units?: string
  readonly message?: string
}

/** The results of one suite on one device. */
interface TestRun {
  readonly test_id: string
  readonly analyzer_assigned_uuid: string
  /** To the second, in UTC. */
  readonly analyzer_assigned_date: string
  readonly time_check_performed: false
  readonly attributes: Readonly<Record<string, string>>
  readonly test_results: Array<BundleResult>
  readonly attachments: ReadonlyArray<never>
}

type Result = CaseResultEvent & Pick<JobEvent, "time" | "node">

/**
 * Writes a job's results as one document in "Dashboard Bundle Format 1.7.1", as LAVA's first generation kept them: a
 * test run for each suite of each device, and one, `lava`, for what the dispatcher did, whose last case is
 * `job_complete`. The console's log is not attached.
 *
 * @param directory gets bundle.json; it is made where it is missing
 */
export const bundleReporter = ({ post }: Bundle, directory: string | undefined): Reporter => {
  const path = directory === undefined ? undefined : join(directory, "bundle.json")
  if (directory !== undefined && path !== undefined) {
    mkdirSync(directory, { recursive: true })
    // That of an earlier run would pass for this one's, should it be killed.
    rmSync(path, { force: true })
  }
  const runs = new Map<string, TestRun>()
  let job: JobStarted | undefined

  const runOf = ({ suite, node, time }: Pick<Result, "suite" | "node" | "time">): TestRun => {
    const key = `${node ?? ""}\n${suite}`
    const run = runs.get(key) ?? {
      // The number in front tells the place of a definition in its block.
      test_id: suite.replace(/^\d+_/, ""),
      analyzer_assigned_uuid: randomUUID(),
      analyzer_assigned_date: new Date(time).toISOString().replace(/\.\d+Z$/, "Z"),
      time_check_performed: false,
      attributes: attributesOf(job, node),
      test_results: [],
      attachments: [],
    }
    runs.set(key, run)
    return run
  }

  return {
    event: (event) => {
      if (event.type === "job-started") job = event
      else if (event.type === "result") runOf(event).test_results.push(resultOf(event))
      else if (event.type === "job-ended") {
        const { status, error, time } = event
        runOf({ suite: "lava", time }).test_results.push({
          test_case_id: "job_complete",
          result: status === "complete" ? "pass" : "fail",
          ...(error && { message: error.message }),
        })
      }
    },
    end: async () => {
      const bundle = { format: "Dashboard Bundle Format 1.7.1", test_runs: [...runs.values()] }
      if (path !== undefined) await writeAtomically(path, `${JSON.stringify(bundle, null, 1)}\n`)
      if (post) await postBundle(post, JSON.stringify(bundle), job?.job ?? "job")
    },
  }
}

const resultOf = ({
  case: name,
  result,
  measurement,
  units,
  errorMessage,
}: Result): BundleResult => ({
  test_case_id: name,
  result,
  ...(measurement !== undefined && { measurement: Number(measurement) }),
  ...(units !== undefined && { units }),
  ...(errorMessage !== undefined && { message: errorMessage }),
})

/** What a dashboard shows beside the results: all texts. */
const attributesOf = (
  job: JobStarted | undefined,
  node: string | undefined,
): Readonly<Record<string, string>> => {
  if (!job) return {}
  const own = job.nodes?.find((each) => each.node === node)
  const { device, deviceType } = own ?? job
  const said = Object.entries(job.metadata ?? {}).map(([key, value]): [string, string] => [
    key,
    typeof value === "string" ? value : JSON.stringify(value),
  ])
  return {
    ...Object.fromEntries(said),
    target: device,
    "target.hostname": device,
    "target.device_type": deviceType,
    "lava.job": job.jobId,
    ...(own && { role: own.role }),
  }
}
