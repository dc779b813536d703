import * as Effect from "effect/Effect"
import { waitFailure } from "../../core/console/wait-failure.ts"
import type { Blocks } from "../../core/job/v2/job.ts"
import type { JobServices } from "../../core/lab/services.ts"
import { type Action, action } from "../../core/pipeline/action.ts"
import { findData } from "../../core/pipeline/job-data.ts"
import { DeviceShell, deviceConsole, waitFor } from "../connection.ts"

/** The keys of a boot block that say how a running system is rebooted. */
export type SoftRebootKeys = Pick<
  Exclude<Blocks["boot"], { method: "self-reboot" }>,
  "soft_reboot" | "parameters"
>

/** What a system prints when it goes down, where the job does not say it: systemd's or init's, then the kernel's words. */
const usualShutdown = "The system is going down for reboot|reboot: Restarting system"

/**
 * Types commands that reboot the running system, and waits until it goes down: LAVA's soft reboot. All are typed at
 * once, so that a harder way may follow a gentle one.
 */
export const softReboot = (
  commands: ReadonlyArray<string>,
  { parameters }: SoftRebootKeys,
): Action<JobServices> => {
  const shutdown = parameters?.["shutdown-message"] ?? usualShutdown
  return action({
    name: "send-reboot-commands",
    description: "reboot the running system by typing to it",
    details: commands,
    timeoutSeconds: 120,
    run: Effect.gen(function* () {
      const console = yield* deviceConsole
      const shell = yield* findData(DeviceShell)
      const [first = "", ...others] = commands
      yield* shell ? shell.start(first) : console.sendLine(first)
      for (const command of others) yield* console.sendLine(command)
      const goesDown = { name: "shutdown", pattern: new RegExp(shutdown) }
      yield* waitFor(`the system to go down ("${shutdown}")`, [goesDown], { isAnswer: true }).pipe(
        // Some go down without a word.
        Effect.catchIf(
          (error) => waitFailure(error)?.kind === "reset",
          () => Effect.void,
        ),
      )
      // What the kernel said in its life before is not the next boot's.
      console.takeKernelMessages()
    }),
  })
}
