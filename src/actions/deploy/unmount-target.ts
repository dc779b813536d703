import * as Effect from "effect/Effect"
import type { JobServices } from "../../core/lab/services.ts"
import { type Action, action } from "../../core/pipeline/action.ts"
import { getData } from "../../core/pipeline/job-data.ts"
import { DeviceShell } from "../connection.ts"
import { targetDirectory } from "./prepare-disk.ts"

/** Closes the target's file systems, those that were mounted in it first. */
export const unmountTarget = (): Action<JobServices> =>
  action({
    name: "unmount-target",
    description: "write what is not written yet, unmount the target",
    timeoutSeconds: 300,
    run: Effect.gen(function* () {
      const shell = yield* getData(DeviceShell)
      yield* shell.check(
        `sync; grep -o ' ${targetDirectory}[^ ]*' /proc/mounts | sort -r | xargs umount`,
      )
    }),
  })
