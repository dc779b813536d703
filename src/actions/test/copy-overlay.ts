import * as Effect from "effect/Effect"
import type { JobDefinition } from "../../core/job/v2/job.ts"
import type { JobServices } from "../../core/lab/services.ts"
import { type Action, action } from "../../core/pipeline/action.ts"
import type { SshLogin } from "../../core/ssh/settings.ts"
import { removeAtEnd } from "../transfer/remove-at-end.ts"
import { sendToHost } from "../transfer/send-to-host.ts"
import { hasTests, jobOverlay } from "./job-overlay.ts"
import { overlayArrived } from "./send-overlay.ts"

/** Brings the tests to a host by ssh; nothing for a job without tests. See `SshBoot` for `isKept`. */
export const copyOverlay = (
  job: JobDefinition,
  login: SshLogin,
  { isKept }: { readonly isKept: boolean },
): ReadonlyArray<Action<JobServices>> => {
  if (!hasTests(job)) return []
  return [
    action({
      name: "scp-overlay",
      description: "bring the tests to the host by ssh",
      details: [
        `run tar -x -f - -C / on ${login.host}`,
        ...(isKept ? ["at the end, remove them"] : []),
      ],
      timeoutSeconds: 300,
      run: Effect.gen(function* () {
        const { overlay, archive } = yield* jobOverlay(job)
        if (isKept) yield* removeAtEnd(login, [overlay.directory])
        yield* sendToHost(login, archive, "tar -x -f - -C /")
        yield* overlayArrived(overlay)
      }),
    }),
  ]
}
