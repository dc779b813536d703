import * as z from "zod"
import { PatternText } from "../../../console/pattern-text.ts"
import { refused } from "../../refused.ts"
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

const noSystem = refused("no system is booted, it ends at the boot loader's prompt")

/** `boot` with `method: bootloader`: autoboot is interrupted, and the boot loader's prompt is where the boot ends. */
export const bootloader = z
  .strictObject({
    bootloader: z.enum(["u-boot", "grub"]).describe("The boot loader that the device starts"),
    commands: z
      .union([z.string().min(1), z.array(z.string())])
      .optional()
      .describe(
        "The commands to type, each of which comes back to the prompt, or the name of a list of commands of the device type",
      ),
    prompts: bootKeys.prompts.describe(
      "The boot loader's prompts, regular expressions, where they differ from the device type's",
    ),
    soft_reboot: bootKeys.soft_reboot,
    parameters: bootKeys.parameters,
    auto_login: noSystem,
    transfer_overlay: noSystem,
  })
  .meta({
    title: "Boot to the boot loader",
    description: "Resets the device and stops its boot loader before it boots by itself",
  })
