import * as Effect from "effect/Effect"
import type { JobDefinition } from "../../core/job/v2/job.ts"
import type { JobServices } from "../../core/lab/services.ts"
import { type Action, action, sequence } from "../../core/pipeline/action.ts"
import { part } from "../../core/pipeline/part.ts"
import { definitionsOf, hasTests, jobOverlay } from "./job-overlay.ts"

/** What LAVA makes of a test definition, each with a result. */
const parts = ["test-overlay", "test-install-overlay", "test-runscript-overlay"]

/** Gets the job's test definitions before the device is touched; nothing for a job without tests. */
export const createOverlay = (job: JobDefinition): ReadonlyArray<Action<JobServices>> => {
  if (!hasTests(job)) return []
  const definitions = definitionsOf(job).flatMap((each) => each.definitions)
  return [
    action({
      name: "lava-overlay",
      description: "get the test definitions and pack them with LAVA's helpers",
      details: definitions.map((each) =>
        each.from === "inline"
          ? `take ${each.name} from the job`
          : `fetch ${each.name} from ${each.repository}`,
      ),
      timeoutSeconds: 900,
      run: Effect.andThen(
        jobOverlay(job),
        Effect.forEach(parts, (name) => part(name, Effect.void)),
      ),
    }),
  ]
}

/** The same as a deploy of its own, for a system that is on the device already. */
export const deployOverlay = (job: JobDefinition): Action<JobServices> =>
  createOverlay(job)[0] ?? sequence("lava-overlay", "nothing: the job has no tests", [])
