import * as z from "zod"
import { openMapping } from "../../source/open-mapping.ts"
import { slip } from "../../source/severity.ts"
import { blockKeys } from "./block.ts"

/** `command`: runs a command that the device's description names. */
export const command = openMapping({
  name: z.string().min(1, slip()).describe("Name of the command in the device's description"),
  ...blockKeys,
}).meta({
  title: "Run a command",
  description: "Runs a command that the device's description names",
})
