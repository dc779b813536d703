import * as Effect from "effect/Effect"
import type { Blocks, JobDefinition } from "../../core/job/v2/job.ts"
import { CurrentJob, type JobServices } from "../../core/lab/services.ts"
import { DeviceServers } from "../../core/net/servers.ts"
import { type Action, action } from "../../core/pipeline/action.ts"
import { JobError } from "../../core/pipeline/errors.ts"
import { getData } from "../../core/pipeline/job-data.ts"
import { DeviceShell } from "../connection.ts"
import { gzipped } from "../test/gzipped.ts"
import { hasTests, jobOverlay } from "../test/job-overlay.ts"
import { overlayArrived } from "../test/send-overlay.ts"

/**
 * Brings the tests to the booted system by the commands that the job's `transfer_overlay` names: they fetch and unpack
 * a gzipped tar archive, as LAVA's. Nothing where the job names none or has no tests.
 */
export const overlayUnpack = (
  { transfer_overlay: commands }: Pick<Blocks["boot"], "transfer_overlay">,
  job: JobDefinition,
): ReadonlyArray<Action<JobServices>> => {
  if (!commands || !hasTests(job)) return []
  const { download_command: download, unpack_command: unpack } = commands
  return [
    action({
      name: "overlay-unpack",
      description: "bring the tests to the booted system",
      details: [`${download} http://.../overlay.tar.gz`, `${unpack} overlay.tar.gz`],
      timeoutSeconds: 300,
      run: Effect.scoped(
        Effect.gen(function* () {
          const { overlay, archive } = yield* jobOverlay(job)
          const { id } = yield* CurrentJob
          const shell = yield* getData(DeviceShell)
          const servers = yield* DeviceServers
          const name = `overlay-${id}.tar.gz`
          const bytes = yield* gzipped(archive.path)
          const { url } = yield* servers.offerHttp({ bytes }, { name })
          const remove = `rm -f ${name}`
          // All in one directory, to which the download may change.
          for (const command of [remove, `${download} ${url}`, `${unpack} ${name}`, remove]) {
            const { status, output } = yield* shell.run(command)
            if (status !== 0) {
              return yield* new JobError({
                message: `transfer_overlay: "${command}" ended with ${status}: ${output.split("\n").slice(-3).join("; ")}`,
              })
            }
          }
          yield* overlayArrived(overlay)
        }),
      ),
    }),
  ]
}
