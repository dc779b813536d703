import * as z from "zod"
import { download } from "../actions/deploy/download.ts"
import { KernelPackages } from "../actions/deploy/send-kernel-packages.ts"
import { hostTests } from "../actions/spool/host-tests.ts"
import type { FetchingHost } from "../actions/spool/job-on-host.ts"
import { type HostWork, placeJob } from "../actions/spool/place-job.ts"
import { hostInstalls, hostReboots } from "../actions/spool/prepare-host.ts"
import type { Blocks, JobAction, JobDefinition } from "../core/job/v2/job.ts"
import type { Device } from "../core/lab/device.ts"
import { defineDevicePlugin } from "../core/lab/plugin.ts"
import type { JobServices } from "../core/lab/services.ts"
import { type Action, sequence, withTimeout } from "../core/pipeline/action.ts"
import { ConfigurationError } from "../core/pipeline/errors.ts"
import { HostSpool } from "../core/spool/host-spool.ts"
import { SpoolParameters } from "../core/spool/parameters.ts"

/** What a device type of this plugin may set. */
const SelfRebootParameters = z.strictObject(SpoolParameters)

type Parameters = z.output<typeof SelfRebootParameters>

/** How long a host may take for anything where nothing else is said: as long as the job may. */
const anyTime = 365 * 86_400

/**
 * Machines that nobody here can power or reach. They fetch their jobs from a spool, by rsync over ssh or by HTTPS, run
 * them, reboot themselves where the job wants it, and bring the results back.
 */
export const selfReboot = defineDevicePlugin<Parameters>({
  name: "self-reboot",
  parameters: SelfRebootParameters,
  shared: true,
  deploy: {
    "self-reboot": (deploy, device, job) =>
      withTimeout(
        anyTime,
        sequence("self-reboot-deploy", "have the host fetch the job and install what it brings", [
          ...(deploy.kernel
            ? [download("kernel packages", deploy.kernel.packages, KernelPackages)]
            : []),
          ...placed({ deploy }, device, job),
          hostInstalls(hostOf(device)),
        ]),
      ),
  },
  boot: {
    "self-reboot": (boot, device, job) =>
      withTimeout(
        anyTime,
        sequence("self-reboot-boot", "have the host reboot itself", [
          ...placed({ boot }, device, job),
          hostReboots(hostOf(device)),
        ]),
      ),
  },
  test: (test, device, job, stage) =>
    withTimeout(
      anyTime,
      sequence("self-reboot-test", "have the host run the tests", [
        ...placed({ test }, device, job),
        hostTests(hostOf(device), test, stage),
      ]),
    ),
})

const hostOf = ({ name, parameters }: Device<Parameters>): FetchingHost => ({
  spool: new HostSpool(parameters.spool, name),
  permitted: parameters,
  pollSeconds: parameters.poll_seconds,
})

/** What puts the job into the spool: the job's first block does, for all of them. */
const placed = (
  block: Partial<Blocks>,
  device: Device<Parameters>,
  job: JobDefinition,
): ReadonlyArray<Action<JobServices>> => {
  const [kind] = Object.keys(block) as [keyof Blocks]
  const first: Partial<Blocks> = job.actions[0] ?? {}
  if (first[kind] !== block[kind]) return []
  return [placeJob(hostOf(device), job, workOf(job, device))]
}

/** What the whole job asks of the host. Throws ConfigurationError where a host cannot do it in this order. */
const workOf = (job: JobDefinition, device: Device<Parameters>): HostWork => {
  const wrong = (message: string) =>
    new ConfigurationError({ message: `${device.name} ${message}`, device: device.name })
  const kinds = job.actions.map((each) => Object.keys(each)[0])
  if (!/^(deploy )?(boot )?(test )*$/.test(kinds.map((kind) => `${kind} `).join(""))) {
    throw wrong(
      `fetches a job as a whole: it takes one deploy, one boot and then tests, each of them or not, but here is ${kinds.join(", ")}`,
    )
  }
  const reboot = job.actions.some((each) => "boot" in each)
  const deploy = job.actions.find((each) => "deploy" in each)?.deploy
  if (deploy?.to === "self-reboot" && deploy.kernel && !reboot) {
    throw wrong(
      'is to install a kernel but not to boot it: add {"boot": {"method": "self-reboot"}} after the deploy',
    )
  }
  return { reboot, stageSeconds: job.actions.flatMap((each) => stageSeconds(each, job)) }
}

const stageSeconds = (each: JobAction, { timeouts }: JobDefinition): ReadonlyArray<number> =>
  "test" in each ? [(each.test.timeout ?? timeouts.action ?? timeouts.job).seconds] : []
