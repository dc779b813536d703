import * as Effect from "effect/Effect"
import type { JobServices } from "../../core/lab/services.ts"
import type { DispatchError } from "../../core/pipeline/errors.ts"
import { getData } from "../../core/pipeline/job-data.ts"
import { DeviceShell } from "../connection.ts"

/** Which of these programs the device's system does not have. */
export const missingTools = (
  ...names: ReadonlyArray<string>
): Effect.Effect<ReadonlyArray<string>, DispatchError, JobServices> =>
  Effect.gen(function* () {
    const shell = yield* getData(DeviceShell)
    const { output } = yield* shell.run(
      `for t in ${names.join(" ")}; do command -v $t > /dev/null || echo "no $t"; done`,
    )
    return names.filter((name) => output.split("\n").includes(`no ${name}`))
  })
