import * as z from "zod"
import { CommandLine } from "../console/command-line.ts"

/** How a device gets a job's firmware, and its own again: the `flasher` of a device in the lab file. */
export const Flasher = z
  .strictObject({
    commands: z
      .array(CommandLine)
      .min(1)
      .describe(
        "Commands of this machine that write a job's images to the device, which is off; {U_BOOT} is the path of the image that the job calls u-boot",
      ),
    restore: z
      .array(CommandLine)
      .min(1)
      .describe(
        "Commands that give the device its own firmware back, also where the others came only half way; run when the job ends, with the device off",
      ),
  })
  .describe("how the device gets a job's firmware (deploy to flasher), and its own again")

/** See the schema of the same name. */
export type Flasher = z.output<typeof Flasher>
