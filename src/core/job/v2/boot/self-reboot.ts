import * as z from "zod"
import { refused } from "../../refused.ts"

/** `boot` with `method: self-reboot`: a host that fetches its work reboots itself. */
export const selfRebootBoot = z
  .strictObject({
    auto_login: refused("the host has no console to log in at: leave `auto_login` away"),
    prompts: refused("the host has no console with a prompt: leave `prompts` away"),
    transfer_overlay: refused("the host fetches the tests with the job"),
  })
  .meta({
    title: "Reboot by itself",
    description: "A host that fetches its work reboots itself before it runs the tests",
  })
