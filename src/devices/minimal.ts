import * as z from "zod"
import { minimalBoot } from "../actions/boot/minimal.ts"
import { BootWatchParameters, bootWatch } from "../actions/boot/wait-for-system.ts"
import { deployOverlay } from "../actions/test/create-overlay.ts"
import { defineDevicePlugin } from "../core/lab/plugin.ts"

/** What a device type of this plugin may set. */
const MinimalParameters = z.strictObject(BootWatchParameters)

/** Devices that boot by themselves when they get power, with a system already on them. */
export const minimal = defineDevicePlugin({
  name: "minimal",
  parameters: MinimalParameters,
  deploy: { overlay: (_deploy, _device, job) => deployOverlay(job) },
  boot: {
    minimal: (boot, device, job) => minimalBoot(boot, device, job, bootWatch(device.parameters)),
  },
})
