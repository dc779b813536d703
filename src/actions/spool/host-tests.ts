import { existsSync } from "node:fs"
import { copyFile } from "node:fs/promises"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import { textLines } from "../../core/console/text-lines.ts"
import { CurrentJob, type JobServices } from "../../core/lab/services.ts"
import { type Action, action } from "../../core/pipeline/action.ts"
import { InfrastructureError, messageOf, TestError } from "../../core/pipeline/errors.ts"
import { Events, type JobEventBody, log } from "../../core/pipeline/events.ts"
import { CurrentNamespace, getData } from "../../core/pipeline/job-data.ts"
import type { HostSpool, Progress } from "../../core/spool/host-spool.ts"
import { openPlain, readSmall } from "../../core/spool/parcel.ts"
import type { DefinitionsBlock } from "../test/job-overlay.ts"
import { StageResults } from "../test/stage-results.ts"
import { type Done, failureIn, type FetchingHost, waitForHost } from "./job-on-host.ts"
import { PlacedStages } from "./place-job.ts"

/** Waits until the host has run the tests of a block, and reports what they said. */
export const hostTests = (
  host: FetchingHost,
  test: DefinitionsBlock,
  stage: number,
): Action<JobServices> =>
  action({
    name: "lava-test-shell",
    description: `wait until ${host.spool.host} has run ${test.definitions.map(({ name }) => name).join(", ")}`,
    run: Effect.gen(function* () {
      const { spool } = host
      const { id } = yield* CurrentJob
      const { emit } = yield* Events
      const namespace = yield* CurrentNamespace
      const stages = yield* getData(PlacedStages)
      const output = (number: number) => spool.path("results", id, `console-${number}`)
      // The output of all but the last comes when the next one starts, if it can be sent; if not, with all results.
      const isFar = (progress: Progress) =>
        stage + 1 < stages.length &&
        progress.at === "running" &&
        progress.stage > stage &&
        existsSync(output(stage))
      const progress = yield* waitForHost(host, "run the tests", isFar)
      if (progress.at === "done") {
        yield* tellOfHost(spool, progress)
        const before = failureIn(progress, spool.host, ["accept", "install", "boot"])
        if (before) return yield* before
      }

      let raised: TestError | undefined
      const results = new StageResults(stages[stage]!, {
        emit: (event) => emit(untimed(event)),
        namespace,
        onRaised: (error) => {
          raised ??= error
        },
      })
      yield* Effect.tryPromise({
        try: async () => {
          if (!existsSync(output(stage))) return
          const file = await openPlain(output(stage))
          for await (const lines of textLines(file.createReadStream())) {
            for (const line of lines) {
              emit({ type: "console", console: "host", direction: "target", line })
              results.lines([line])
            }
          }
        },
        catch: (cause) =>
          new InfrastructureError({
            message: `the output of the tests cannot be read: ${messageOf(cause)}`,
            cause,
          }),
      })
      const reason = progress.at === "done" ? unfinished(progress, results) : undefined
      results.end(reason)
      if (raised) return yield* raised
      if (reason !== undefined) {
        return yield* new TestError({ message: `${spool.host}: ${reason}` })
      }
      if (results.notInstalled) return yield* results.notInstalled
    }),
  })

/** Why the stage did not come to its end, where it did not. */
const unfinished = ({ status }: Done, { finished }: StageResults): string | undefined =>
  finished ? undefined : (status.get("reason") ?? "the test runner ended before its tests did")

/** When a line of the output came is not known here. */
const untimed = (event: JobEventBody): JobEventBody => {
  if (event.type !== "result") return event
  const { durationSeconds: _, ...result } = event
  return result
}

/** What of the results is kept beside the job's reports, by the name that it gets. */
const kept = { packages: "packages.txt", "os-release": "os-release.txt", install: "install.txt" }

/** Tells what system it was that ran the tests, and keeps the list of its packages. */
const tellOfHost = ({ host }: HostSpool, { results, status }: Done) =>
  Effect.gen(function* () {
    const { outputDirectory } = yield* CurrentJob
    const told = yield* Effect.promise(async () => {
      const text = await readSmall(join(results, "os-release")).catch(() => "")
      if (outputDirectory !== undefined) {
        for (const [name, copy] of Object.entries(kept)) {
          const from = await openPlain(join(results, name)).catch(() => undefined)
          await from?.close()
          if (from) await copyFile(join(results, name), join(outputDirectory, `${host}-${copy}`))
        }
      }
      return /^PRETTY_NAME="?([^"\n]*)/m.exec(text)?.[1]
    })
    const rebooted = status.get("rebooted") === "yes" ? ", rebooted for the job" : ""
    yield* log(
      "info",
      `${host} ran ${told ?? "an unknown system"} with the kernel ${status.get("running")}${rebooted}`,
    )
  })
