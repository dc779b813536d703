import * as z from "zod"
import { openMapping } from "../../../source/open-mapping.ts"
import { bootKeys } from "./login.ts"

/** `boot` with `method: new_connection`: a further console of a running device is opened. */
export const newConnection = openMapping({
  connection: z.string().describe("The console to open, by its name in the device's description"),
  ...bootKeys,
}).meta({
  title: "Open a further console",
  description: "Opens another console of the running device and logs in there",
})

/** `boot` with `method: schroot`: a session in a change root of a host. */
export const schroot = openMapping({
  connection: z.literal("ssh").describe("How the host is reached"),
  schroot: z.string().describe("Name of the change root on the host"),
  ...bootKeys,
}).meta({ title: "Enter a schroot", description: "Enters a change root on a host that runs" })
