import * as Effect from "effect/Effect"
import type { JobServices } from "../../core/lab/services.ts"
import { type Action, action } from "../../core/pipeline/action.ts"
import { JobError } from "../../core/pipeline/errors.ts"
import { getData } from "../../core/pipeline/job-data.ts"
import type { TransferMethod } from "../transfer/deliver.ts"
import { sendFile } from "../transfer/send-file.ts"
import { OverlayArchive } from "../test/create-overlay.ts"
import { targetDirectory } from "./prepare-disk.ts"

/** Puts the tests and LAVA's helpers into the target. */
export const applyOverlay = (method: TransferMethod): Action<JobServices> =>
  action({
    name: "apply-lava-overlay",
    description: "put the tests into the root file system",
    timeoutSeconds: 300,
    run: Effect.gen(function* () {
      const overlay = yield* getData(OverlayArchive)
      const { status, output } = yield* sendFile(
        overlay,
        method,
        `tar -x -f - -C ${targetDirectory}`,
      )
      if (status !== 0) {
        return yield* Effect.fail(
          new JobError({ message: `the tests do not unpack in the root file system: ${output}` }),
        )
      }
    }),
  })
