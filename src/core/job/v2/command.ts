import * as z from "zod"
import { blockKeys } from "./block.ts"

/** `command`: runs a command that the device's description names. */
export const command = z
  .strictObject({
    name: z.string().min(1).describe("Name of the command in the device's description"),
    ...blockKeys,
  })
  .meta({
    title: "Run a command",
    description: "Runs a command that the device's description names",
  })
