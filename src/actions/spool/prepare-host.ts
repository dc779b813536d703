import type { JobServices } from "../../core/lab/services.ts"
import { type Action, action } from "../../core/pipeline/action.ts"
import * as Effect from "effect/Effect"
import { failureIn, type FetchingHost, waitForHost } from "./job-on-host.ts"

/** Waits until the host has fetched the job and installed what it brings. */
export const hostInstalls = (host: FetchingHost): Action<JobServices> =>
  action({
    name: "wait-for-install",
    description: `wait until ${host.spool.host} has fetched the job and installed what it brings`,
    run: Effect.gen(function* () {
      const progress = yield* waitForHost(
        host,
        "fetch the job and install what it brings",
        ({ at, ...more }) => at === "running" || ("rebooting" in more && more.rebooting),
      )
      if (progress.at !== "done") return
      const failure = failureIn(progress, host.spool.host, ["accept", "install"])
      if (failure) return yield* failure
    }),
  })

/** Waits until the host has rebooted itself for the job. */
export const hostReboots = (host: FetchingHost): Action<JobServices> =>
  action({
    name: "wait-for-reboot",
    description: `wait until ${host.spool.host} has rebooted itself`,
    run: Effect.gen(function* () {
      const progress = yield* waitForHost(host, "reboot itself", ({ at }) => at === "running")
      if (progress.at !== "done") return
      const failure = failureIn(progress, host.spool.host, ["accept", "install", "boot"])
      if (failure) return yield* failure
    }),
  })
