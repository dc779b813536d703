import * as z from "zod"
import { bootKeys, promptsForLogin } from "./login.ts"

/** `boot` with `method: u-boot`: autoboot is interrupted and commands are typed. */
export const uBoot = z
  .strictObject({
    commands: z
      .union([z.string().min(1), z.array(z.string()).min(1)])
      .describe("The commands to type, or the name of a list of commands of the device type"),
    ...bootKeys,
  })
  .check(promptsForLogin)
  .meta({
    title: "Boot by U-Boot commands",
    description: "Resets the device, interrupts U-Boot's autoboot and types commands to it",
  })
