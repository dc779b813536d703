import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { JobServices } from "../../core/lab/services.ts"
import { type Action, action } from "../../core/pipeline/action.ts"
import { log } from "../../core/pipeline/events.ts"
import { getData } from "../../core/pipeline/job-data.ts"
import { DeviceShell } from "../connection.ts"

/** Sets the clock of a system that was brought back from a snapshot, where it is as late as that is old. */
export const setClock = (): Action<JobServices> =>
  action({
    name: "set-clock",
    description: "set the system's clock, which stood still since the snapshot",
    details: ["run date -u -s @SECONDS"],
    timeoutSeconds: 30,
    run: Effect.gen(function* () {
      const shell = yield* getData(DeviceShell)
      const seconds = Math.round((yield* Clock.currentTimeMillis) / 1000)
      const { status, output } = yield* shell.run(`date -u -s @${seconds}`)
      if (status === 0) return
      yield* log("warning", `the clock stays at the time of the snapshot: date says "${output}"`)
    }),
  })
