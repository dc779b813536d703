import * as z from "zod"
import { PatternText } from "../../../console/pattern-text.ts"
import { openMapping } from "../../../source/open-mapping.ts"
import { unsupported } from "../../../source/severity.ts"
import { narrowerThan, noEffect, notHere } from "../../../source/support.ts"
import { refused } from "../../refused.ts"
import {
  bootCommands,
  bootKeys,
  messageKeys,
  promptsForLogin,
  unavailableBootKeys,
} from "./login.ts"

const parameters = openMapping({
  ...messageKeys,
  "bootloader-final-message": PatternText.optional().describe(
    "What the boot loader prints last, after the last command",
  ),
})
  .optional()
  .describe("Messages of the console, where they differ from the device type's")

const byCommands = <Own extends z.ZodRawShape>(loader: string, own: Own) =>
  openMapping({ commands: bootCommands, ...bootKeys, ...unavailableBootKeys, parameters, ...own })
    .check(promptsForLogin)
    .meta({
      title: `Boot by ${loader} commands`,
      description: `Resets the device, stops ${loader} before it boots by itself and types commands to it`,
    })

const grubKeys = {
  boot_finished: notHere(
    z.union([z.string(), z.array(z.string())]),
    "what a boot without a shell prints last is not waited for",
  ).describe(
    "What the device prints when it has booted, where there is no shell: an installer's end",
  ),
  expect_shell: notHere(
    z.boolean(),
    "every boot is to come to a shell",
    (expected) => !expected,
  ).describe("false: the boot comes to no shell"),
}

/** `boot` with `method: u-boot`: autoboot is interrupted and commands are typed. */
export const uBoot = byCommands("U-Boot", {})

/** `boot` with `method: grub`: commands are typed at GRUB's prompt. */
export const grub = byCommands("GRUB", grubKeys)

/** `boot` with `method: grub-efi`: commands are typed at the prompt of a GRUB that UEFI starts. */
export const grubEfi = byCommands("GRUB (UEFI)", grubKeys)

/** `boot` with `method: barebox`: autoboot is interrupted and commands are typed. */
export const barebox = byCommands("barebox", {})

/** `boot` with `method: ipxe`: commands are typed at iPXE's prompt. */
export const ipxe = byCommands("iPXE", {})

/** `boot` with `method: depthcharge`: ChromeOS firmware boots a FIT image by TFTP. */
export const depthcharge = byCommands("depthcharge", {
  extra_kernel_args: z.string().optional().describe("Further kernel arguments, after all others"),
})

const noSystem = "no system is booted, it ends at the boot loader's prompt"

/** `boot` with `method: bootloader`: autoboot is interrupted, and the boot loader's prompt is where the boot ends. */
export const bootloader = openMapping({
  bootloader: z
    .enum(["u-boot", "grub"], { error: narrowerThan(z.string()) })
    .describe("The boot loader that the device starts"),
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
  auto_login: refused(unsupported(noSystem)),
  transfer_overlay: refused(unsupported(noSystem)),
  use_bootscript: noEffect(z.boolean(), "the commands are typed", Boolean).describe(
    "Boot by a script that is made of the commands",
  ),
}).meta({
  title: "Boot to the boot loader",
  description: "Resets the device and stops its boot loader before it boots by itself",
})
