import * as z from "zod"
import { autoLogin } from "../actions/boot/auto-login.ts"
import { pressEnter } from "../actions/boot/press-enter.ts"
import { setClock } from "../actions/boot/set-clock.ts"
import { sshBoot } from "../actions/boot/ssh.ts"
import { BootWatchParameters, bootWatch } from "../actions/boot/wait-for-system.ts"
import { connectDevice } from "../actions/connection.ts"
import { revertToSnapshot } from "../actions/deploy/revert-to-snapshot.ts"
import { copyToHost } from "../actions/deploy/copy-to-host.ts"
import { resetDevice } from "../actions/power/reset-device.ts"
import type { Blocks, JobDefinition } from "../core/job/v2/job.ts"
import type { Device } from "../core/lab/device.ts"
import { defineDevicePlugin } from "../core/lab/plugin.ts"
import { sequence } from "../core/pipeline/action.ts"
import { whatSwitches } from "../core/power/power.ts"

/** What a device type of this plugin may set. */
const VmParameters = z.strictObject({
  snapshot: z
    .string()
    .min(1)
    .optional()
    .describe("The snapshot that a deploy reverts to where the job names none"),
  set_clock: z
    .boolean()
    .default(true)
    .describe("Set the system's clock after a revert: a snapshot's is as late as it is old"),
  ...BootWatchParameters,
})

/** Virtual machines: reset by going back to a snapshot, in which the system may run already. */
export const vm = defineDevicePlugin({
  name: "vm",
  parameters: VmParameters,
  deploy: {
    snapshot: (deploy, device) =>
      sequence("snapshot-deploy", "bring the virtual machine to a known state", [
        revertToSnapshot(device, deploy.snapshot, device.parameters.snapshot),
      ]),
    ssh: copyToHost,
  },
  boot: {
    minimal: (boot, device, job) => {
      const watch = bootWatch(device.parameters)
      const running = { ...watch, kernelStart: undefined, isUp: true } as const
      if (isResumed(job, boot, device)) {
        return sequence("minimal-boot", "log in to what the snapshot has", [
          connectDevice(),
          pressEnter(),
          autoLogin(boot, running),
          ...clockOf(device),
        ])
      }
      // Where the deploy has it booting already, what it said before anybody looked is lost.
      const resets = boot.reset && !isReverted(job, boot, device)
      return sequence("minimal-boot", "log in to what the device boots by itself", [
        ...(resets ? [resetDevice(device, boot)] : []),
        connectDevice(),
        autoLogin(boot, resets ? watch : running),
      ])
    },
    ssh: (boot, device, job) =>
      sshBoot(boot, device, job, {
        isStarting: isReverted(job, boot, device),
        isKept: whatSwitches(device.power, "revert") === undefined,
        then: isResumed(job, boot, device) ? clockOf(device) : [],
      }),
  },
})

const clockOf = ({ parameters }: Device<z.output<typeof VmParameters>>) =>
  parameters.set_clock ? [setClock()] : []

/** Whether a boot finds what a snapshot has in memory, rather than what the machine boots from its disk. */
const isResumed = (job: JobDefinition, boot: Blocks["boot"], device: Device): boolean =>
  isReverted(job, boot, device) &&
  (device.power?.qmp !== undefined || device.power?.libvirt !== undefined)

/** Whether a boot comes right after a deploy that has reverted the machine. */
const isReverted = (job: JobDefinition, boot: Blocks["boot"], { power }: Device): boolean => {
  if (whatSwitches(power, "revert") === undefined) return false
  const at = job.actions.findIndex((each) => "boot" in each && each.boot === boot)
  const before = job.actions
    .slice(0, at)
    .flatMap((each) => ("boot" in each || "deploy" in each ? [each] : []))
    .findLast((each) => {
      const block = "boot" in each ? each.boot : each.deploy
      return block.namespace === boot.namespace && !("to" in block && block.to === "ssh")
    })
  return before !== undefined && "deploy" in before && before.deploy.to === "snapshot"
}
