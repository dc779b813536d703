import * as z from "zod"
import { os } from "./os.ts"

/** `deploy` with `to: snapshot`: a virtual machine is brought to a known state. */
export const snapshot = z
  .strictObject({
    os,
    snapshot: z
      .string()
      .min(1)
      .optional()
      .describe("Name of the snapshot, where it is not the device's usual one"),
  })
  .meta({
    title: "Revert to a snapshot",
    description: "Brings a virtual machine to the state of one of its snapshots, running",
  })
