import * as Effect from "effect/Effect"
import type { LocalArtifact } from "../../core/artifacts/artifact.ts"
import type { JobServices } from "../../core/lab/services.ts"
import { type Action, action, retry } from "../../core/pipeline/action.ts"
import { type DataKey, dataKey, getData } from "../../core/pipeline/job-data.ts"
import { JobError } from "../../core/pipeline/errors.ts"
import type { TransferMethod } from "../transfer/deliver.ts"
import { sendFile } from "../transfer/send-file.ts"
import { targetDirectory } from "./prepare-disk.ts"

/** The root file system's archive on this machine. */
export const RootfsArchive = dataKey<ReadonlyArray<LocalArtifact>>("the root file system's archive")

/** Sends the archive to the master image, which unpacks it into the target as it comes. */
export const unpackRootfs = (
  method: TransferMethod,
  archive: DataKey<ReadonlyArray<LocalArtifact>> = RootfsArchive,
): Action<JobServices> =>
  retry(
    3,
    action({
      name: "unpack-rootfs",
      description: `send the root file system by ${method} and unpack it`,
      timeoutSeconds: 1800,
      run: Effect.gen(function* () {
        for (const file of yield* getData(archive)) {
          const { status, output } = yield* sendFile(
            file,
            method,
            `tar -x -f - -C ${targetDirectory}`,
          )
          if (status !== 0) {
            return yield* new JobError({
              message: `${file.name} does not unpack in the master image (tar ends with ${status}): ${output}`,
            })
          }
        }
      }),
    }),
  )
