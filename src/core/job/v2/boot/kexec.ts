import * as z from "zod"
import { openMapping } from "../../../source/open-mapping.ts"
import { bootKeys } from "./login.ts"

const text = z.string().optional()

/** `boot` with `method: kexec`: the running kernel loads another one. */
export const kexec = openMapping({
  boot_message: z.string().describe("What the new kernel prints first"),
  command: text.describe("The program to run; /sbin/kexec where nothing is said"),
  kernel: text.describe("The kernel's path on the device"),
  dtb: text.describe("The device tree's path on the device"),
  initrd: text.describe("The ramdisk's path on the device"),
  options: z.array(z.string()).optional().describe("Further arguments of the program"),
  "kernel-config": text.describe("The kernel's configuration file on the device"),
  deploy: z.boolean().optional().describe("Whether the files come from a deploy"),
  on_panic: z.boolean().optional().describe("Load the kernel for a panic, and provoke one"),
  ...bootKeys,
}).meta({
  title: "Boot by kexec",
  description: "Boots another kernel from the system that runs, without firmware or boot loader",
})
