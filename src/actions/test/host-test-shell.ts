import { createReadStream } from "node:fs"
import * as Effect from "effect/Effect"
import { type CommandHost, readFrom, runOn } from "../../core/command-host.ts"
import { quoteWord } from "../../core/console/quote.ts"
import { textLines } from "../../core/console/text-lines.ts"
import type { JobDefinition } from "../../core/job/v2/job.ts"
import { CurrentJob, type JobServices } from "../../core/lab/services.ts"
import { type Action, action } from "../../core/pipeline/action.ts"
import { JobError } from "../../core/pipeline/errors.ts"
import { Events } from "../../core/pipeline/events.ts"
import { clearedAtEnd } from "./clear-host.ts"
import { followStage } from "./follow-stage.ts"
import { type DefinitionsBlock, jobOverlay } from "./job-overlay.ts"

/**
 * Runs the test definitions of a block on a host that runs already, without a console, and reports what they say.
 * Nothing of them is left there.
 */
export const hostTestShell = (
  job: JobDefinition,
  test: DefinitionsBlock,
  stage: number,
  host: CommandHost,
): Action<JobServices> =>
  action({
    name: "lava-test-shell",
    description: `run ${test.definitions.map(({ name }) => name).join(", ")} on ${host.name}`,
    run: Effect.scoped(runStage(job, stage, host)),
  })

const runStage = (job: JobDefinition, number: number, host: CommandHost) =>
  Effect.gen(function* () {
    const { overlay, archive, stages } = yield* jobOverlay(job)
    const { id } = yield* CurrentJob
    const { emit } = yield* Events
    const stage = stages[number]!
    const { directory } = overlay
    yield* clearedAtEnd(host, id, directory)
    const unpack = `mkdir -- ${quoteWord(directory)} && tar -x -f - -C /`
    const unpacked = yield* runOn(host, unpack, () => createReadStream(archive.path))
    if (unpacked.status !== 0) {
      return yield* new JobError({
        message: `the tests cannot be unpacked in ${directory} on ${host.name}: ${unpacked.output || `status ${unpacked.status}`}`,
      })
    }
    // The id tells the tests' processes; their input is nobody's.
    const command = `LAVA_JOB_ID=${quoteWord(id)} exec ${stage.command} < /dev/null 2>&1`
    yield* followStage(stage, (results) =>
      readFrom(host, command, async (output) => {
        for await (const lines of textLines(output)) {
          for (const line of lines) {
            emit({ type: "console", console: "host", direction: "target", line })
          }
          results.lines(lines)
          if (results.finished) return true
        }
        return false
      }).pipe(Effect.map((end) => (end === "enough" ? { status: 0 } : end))),
    )
  })
