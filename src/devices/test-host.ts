import * as z from "zod"
import { deployOverlay } from "../actions/test/create-overlay.ts"
import { hostTestShell } from "../actions/test/host-test-shell.ts"
import { sshHost, thisMachine } from "../core/command-host.ts"
import { defineDevicePlugin } from "../core/lab/plugin.ts"

/**
 * Where `dispatch test run` runs a definition: a host by ssh, or this machine where no console is given. Several tests
 * may run there at once.
 */
export const testHost = defineDevicePlugin({
  name: "test-host",
  parameters: z.strictObject({}),
  deploy: { overlay: (_, _device, job) => deployOverlay(job) },
  test: (test, { console }, job, stage) =>
    hostTestShell(job, test, stage, console?.ssh ? sshHost(console.ssh) : thisMachine),
  shared: true,
})
