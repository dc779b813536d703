import * as z from "zod"
import { openMapping } from "../../../source/open-mapping.ts"
import { docker } from "../docker.ts"
import { bootKeys } from "./login.ts"

const container = docker.optional().describe("Run the tool in a container")

const flashedBy = <Own extends z.ZodRawShape>(tool: string, own: Own) =>
  openMapping({ ...bootKeys, ...own }).meta({
    title: `Flash by ${tool}`,
    description: `Writes the deployed images to the device by ${tool} and starts it`,
  })

/** `boot` with `method: dfu`. */
export const dfu = flashedBy("dfu-util", {})

/** `boot` with `method: cmsis-dap`: files are copied to the probe's disk. */
export const cmsisDap = flashedBy("a CMSIS-DAP probe", {})

/** `boot` with `method: pyocd`. */
export const pyocd = flashedBy("pyOCD", {})

/** `boot` with `method: jlink`. */
export const jlink = flashedBy("J-Link", {})

/** `boot` with `method: openocd`. */
export const openocd = flashedBy("OpenOCD", {})

/** `boot` with `method: gdb`: a debugger loads and starts the program. */
export const gdb = flashedBy("GDB", {
  commands: z.string().describe("Name of a list of commands of the device type"),
  container: z.string().optional().describe("The container that the debugger runs in"),
})

/** `boot` with `method: uuu`: NXP's flashing tool. */
export const uuu = flashedBy("uuu", {
  commands: z
    .union([z.string(), z.array(z.record(z.string(), z.string()))])
    .describe("uuu's commands, each by its protocol, or the name of a list of the device type"),
  docker: container,
})

/** `boot` with `method: qdl`: Qualcomm's emergency download mode. */
export const qdl = flashedBy("qdl", {
  firehose_program: z.string().describe("The programmer that the device runs"),
  rawprogram: z.string().describe("The list of what is written where"),
  patch: z.string().optional().describe("The list of what is patched after that"),
  path: z.string().optional().describe("The directory of these files in the archive"),
  storage: z.string().optional().describe("The kind of storage: emmc, nand, ufs"),
  debug: z.boolean().optional().describe("Have the tool tell all that it does"),
  docker: container,
})

/** `boot` with `method: recovery`: the device's recovery switch. */
export const recovery = openMapping({
  ...bootKeys,
  commands: z
    .enum(["recovery", "exit"])
    .describe("Into the recovery mode, or out of it, by the device's commands"),
}).meta({
  title: "Switch the recovery mode",
  description: "Switches the device into its recovery mode or out of it",
})

/** `boot` with `method: fastboot`. */
export const fastboot = openMapping({
  ...bootKeys,
  commands: z
    .array(z.string())
    .optional()
    .describe("Commands of fastboot to run, without the program's name"),
  use_bootscript: z.boolean().optional().describe("Boot by a script that is made of the commands"),
  docker: container,
}).meta({ title: "Boot by fastboot", description: "Boots by the fastboot protocol over USB" })
