import * as z from "zod"
import { PatternText } from "../../../console/pattern-text.ts"
import { bootKeys, messageKeys, promptsForLogin } from "./login.ts"

const byCommands = (loader: string) =>
  z
    .strictObject({
      commands: z
        .union([z.string().min(1), z.array(z.string()).min(1)])
        .describe("The commands to type, or the name of a list of commands of the device type"),
      ...bootKeys,
      parameters: z
        .strictObject({
          ...messageKeys,
          "bootloader-final-message": PatternText.optional().describe(
            "What the boot loader prints last, after the last command",
          ),
        })
        .optional()
        .describe("Messages of the console, where they differ from the device type's"),
    })
    .check(promptsForLogin)
    .meta({
      title: `Boot by ${loader} commands`,
      description: `Resets the device, stops ${loader} before it boots by itself and types commands to it`,
    })

/** `boot` with `method: u-boot`: autoboot is interrupted and commands are typed. */
export const uBoot = byCommands("U-Boot")

/** `boot` with `method: grub`: commands are typed at GRUB's prompt. */
export const grub = byCommands("GRUB")
