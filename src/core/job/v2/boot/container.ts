import * as z from "zod"
import { openMapping } from "../../../source/open-mapping.ts"
import { bootKeys } from "./login.ts"

const keys = {
  command: z.string().describe("What the container runs: its shell is the device's console"),
  "downloads-namespace": z
    .string()
    .optional()
    .describe("The namespace whose downloads the container sees"),
  ...bootKeys,
}

/** `boot` with `method: docker`: a container's shell is the device. */
export const docker = openMapping(keys).meta({
  title: "Start a container",
  description: "Starts a container of the deployed image; its shell is the device's console",
})

/** `boot` with `method: nodebooter`: a container boots the device. */
export const nodebooter = openMapping(keys).meta({
  title: "Boot by a container",
  description: "Starts a container that boots the device",
})
