import * as z from "zod"
import { bootKeys, promptsForLogin } from "./login.ts"

/** `boot` with `method: ssh`: log in to a system that runs already. */
export const ssh = z
  .strictObject({
    connection: z
      .string()
      .optional()
      .describe(
        "Says nothing here, where the lab file tells how the device is reached; LAVA's jobs have it",
      ),
    ...bootKeys,
  })
  .check(promptsForLogin)
  .meta({
    title: "Log in by ssh",
    description: "Logs in to a host that runs already; it is not reset",
  })
