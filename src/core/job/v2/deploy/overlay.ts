import * as z from "zod"
import { os } from "./os.ts"

/** `deploy` with `to: overlay`: nothing but the tests, for a system that is on the device already. */
export const overlay = z.strictObject({ os }).meta({
  title: "Tests only",
  description: "Prepares the tests for a system that is on the device already",
})
