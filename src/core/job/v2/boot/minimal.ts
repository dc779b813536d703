import * as z from "zod"
import { openMapping } from "../../../source/open-mapping.ts"
import { notHere } from "../../../source/support.ts"
import { bootKeys, promptsForLogin } from "./login.ts"

/** `boot` with `method: minimal`: reset and log in, no boot loader to talk to. */
export const minimal = openMapping({
  reset: z
    .boolean()
    .default(true)
    .describe("false: take the device as it is, without resetting it"),
  pre_power_command: notHere(
    z.boolean(),
    "no command is run before the power comes on: make it a `command` of the job",
    Boolean,
  ).describe("Run the device's pre_power_command before the power comes on"),
  pre_os_command: notHere(
    z.boolean(),
    "no command is run before the system boots: make it a `command` of the job",
    Boolean,
  ).describe("Run the device's pre_os_command before the system boots"),
  ...bootKeys,
})
  .check(promptsForLogin)
  .meta({
    title: "Boot without a boot loader",
    description:
      "Resets the device, waits for the prompt and logs in; whatever it boots, it boots by itself",
  })
