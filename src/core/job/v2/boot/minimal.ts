import * as z from "zod"
import { bootKeys, promptsForLogin } from "./login.ts"

/** `boot` with `method: minimal`: reset and log in, no boot loader to talk to. */
export const minimal = z
  .strictObject({
    reset: z
      .boolean()
      .default(true)
      .describe("false: take the device as it is, without resetting it"),
    ...bootKeys,
  })
  .check(promptsForLogin)
  .meta({
    title: "Boot without a boot loader",
    description:
      "Resets the device, waits for the prompt and logs in; whatever it boots, it boots by itself",
  })
