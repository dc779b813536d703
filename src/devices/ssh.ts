import * as z from "zod"
import { sshBoot } from "../actions/boot/ssh.ts"
import { copyToHost } from "../actions/deploy/copy-to-host.ts"
import { defineDevicePlugin } from "../core/lab/plugin.ts"

/** Hosts that are always on: nothing is powered or reset, and what a job leaves there is removed at its end. */
export const ssh = defineDevicePlugin({
  name: "ssh",
  parameters: z.strictObject({}),
  deploy: { ssh: copyToHost },
  boot: {
    ssh: (boot, device, job) => sshBoot(boot, device, job, { isStarting: false, isKept: true }),
  },
})
