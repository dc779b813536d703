import type { Blocks, JobDefinition } from "../../core/job/v2/job.ts"
import type { Device } from "../../core/lab/device.ts"
import type { JobServices } from "../../core/lab/services.ts"
import { type Action, sequence } from "../../core/pipeline/action.ts"
import { connectDevice } from "../connection.ts"
import { resetDevice } from "../power/reset-device.ts"
import { isMonitored } from "../test/monitor.ts"
import { autoLogin } from "./auto-login.ts"
import type { BootWatch } from "./wait-for-system.ts"

/**
 * LAVA's boot method `minimal`: reset the device unless told not to, and log in to what comes up. Where nothing is said
 * of a login and the tests only watch the console, there need not be a shell.
 */
export const minimalBoot = (
  boot: Extract<Blocks["boot"], { method: "minimal" }>,
  device: Device,
  job: JobDefinition,
  watch: BootWatch,
): Action<JobServices> =>
  sequence("minimal-boot", "log in to what the device boots by itself", [
    connectDevice(),
    ...(boot.reset ? [resetDevice(device, boot)] : []),
    ...(boot.prompts || boot.auto_login || !isMonitored(job)
      ? // What is not reset may be booting all the same, from an emulator's start; where it is in that, nobody knows.
        [autoLogin(boot, boot.reset ? watch : { ...watch, kernelStart: undefined, isUp: true })]
      : []),
  ])
