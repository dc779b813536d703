import { openMapping } from "../../../source/open-mapping.ts"
import { deployKeys } from "./os.ts"

/** `deploy` with `to: overlay`: only the tests are made ready, for a system that is there. */
export const overlay = openMapping(deployKeys).meta({
  title: "Make the tests ready",
  description: "Makes the tests ready for a system that is on the device already",
})
