import type { Blocks, JobDefinition } from "../../core/job/v2/job.ts"
import type { Device } from "../../core/lab/device.ts"
import type { JobServices } from "../../core/lab/services.ts"
import { type Action, sequence } from "../../core/pipeline/action.ts"
import { connectDevice } from "../connection.ts"
import { copyOverlay } from "../test/copy-overlay.ts"
import { hostLogin } from "../transfer/host-login.ts"
import { autoLogin } from "./auto-login.ts"

/** How a host is logged in to. */
export interface SshBoot {
  /** It may be on its way up: its ssh server is asked until it answers. */
  readonly isStarting: boolean
  /** It stays as the job leaves it: what the job brings there is removed when it ends. */
  readonly isKept: boolean
  /** What is done once logged in. */
  readonly then?: ReadonlyArray<Action<JobServices>>
}

/**
 * LAVA's boot method `ssh`: logs in to a host that runs already, and brings it the tests.
 *
 * Throws ConfigurationError where the lab file tells of no login by ssh.
 */
export const sshBoot = (
  boot: Extract<Blocks["boot"], { method: "ssh" }>,
  device: Device,
  job: JobDefinition,
  { isStarting, isKept, then = [] }: SshBoot,
): Action<JobServices> => {
  const login = hostLogin(device)
  return sequence("login-ssh", `log in to ${login.host}`, [
    connectDevice({ isStarting }),
    autoLogin(boot, undefined),
    ...then,
    ...copyOverlay(job, login, { isKept }),
  ])
}
