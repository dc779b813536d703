import * as z from "zod"
import { openMapping } from "../../../source/open-mapping.ts"
import { bootKeys, messageKeys, promptsForLogin } from "./login.ts"

/** `boot` with `method: ssh`: log in to a system that runs already. */
export const ssh = openMapping({
  connection: z
    .string()
    .optional()
    .describe(
      "Says nothing here, where the lab file tells how the device is reached; LAVA's jobs have it",
    ),
  ...bootKeys,
  parameters: openMapping({
    ...messageKeys,
    hostID: z.string().optional().describe("Says nothing here, as `connection`"),
    host_key: z.string().optional().describe("Says nothing here, as `connection`"),
  })
    .optional()
    .describe("Messages of the console, where they differ from the device type's"),
})
  .check(promptsForLogin)
  .meta({
    title: "Log in by ssh",
    description: "Logs in to a host that runs already; it is not reset",
  })
