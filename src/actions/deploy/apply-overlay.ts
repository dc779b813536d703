import * as Effect from "effect/Effect"
import type { JobDefinition } from "../../core/job/v2/job.ts"
import type { JobServices } from "../../core/lab/services.ts"
import { type Action, action, retry } from "../../core/pipeline/action.ts"
import { JobError } from "../../core/pipeline/errors.ts"
import { setData } from "../../core/pipeline/job-data.ts"
import { hasTests, jobOverlay, OverlayOnDevice } from "../test/job-overlay.ts"
import type { TransferMethod } from "../transfer/deliver.ts"
import { sendFile } from "../transfer/send-file.ts"
import { targetDirectory } from "./prepare-disk.ts"

/** Puts the tests and LAVA's helpers into the target; nothing for a job without tests. */
export const applyOverlay = (
  job: JobDefinition,
  method: TransferMethod,
): ReadonlyArray<Action<JobServices>> =>
  hasTests(job)
    ? [
        retry(
          3,
          action({
            name: "apply-lava-overlay",
            description: "put the tests into the root file system",
            timeoutSeconds: 300,
            run: Effect.gen(function* () {
              const { archive } = yield* jobOverlay(job)
              const { status, output } = yield* sendFile(
                archive,
                method,
                `tar -x -f - -C ${targetDirectory}`,
              )
              if (status !== 0) {
                return yield* new JobError({
                  message: `the tests do not unpack in the root file system: ${output}`,
                })
              }
              yield* setData(OverlayOnDevice, true)
            }),
          }),
        ),
      ]
    : []
