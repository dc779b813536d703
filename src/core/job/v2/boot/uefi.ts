import * as z from "zod"
import { openMapping } from "../../../source/open-mapping.ts"
import { bootCommands, bootKeys, promptsForLogin } from "./login.ts"

/** `boot` with `method: uefi`: commands are typed to UEFI's shell. */
export const uefi = openMapping({
  commands: bootCommands,
  shell_menu: z.string().optional().describe("The menu item that starts the shell"),
  ...bootKeys,
})
  .check(promptsForLogin)
  .meta({ title: "Boot by UEFI's shell", description: "Types commands to UEFI's shell" })

/** `boot` with `method: uefi-menu`: items of the firmware's menu are chosen. */
export const uefiMenu = openMapping({
  commands: z.string().optional().describe("Name of a list of menu steps of the device type"),
  line_separator: z.string().optional().describe("What ends a line that is typed to the menu"),
  ...bootKeys,
})
  .check(promptsForLogin)
  .meta({
    title: "Boot by UEFI's menu",
    description: "Chooses items of the firmware's menu by what they are called",
  })
