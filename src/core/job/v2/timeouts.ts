import { openMapping } from "../../source/open-mapping.ts"
import { Duration, DurationsByName } from "../duration.ts"

/** The time limits of a whole job. */
export const jobTimeouts = openMapping({
  job: Duration.describe("The longest the whole job may take"),
  action: Duration.optional().describe(
    "The longest any block may take that has no limit of its own",
  ),
  actions: DurationsByName.optional().describe("Time limits of actions, by the action's name"),
  connection: Duration.optional().describe(
    "The longest that the device's console may take to open, and the device for an answer to what is typed",
  ),
  connections: DurationsByName.optional().describe(
    "The longest that the device may take for an answer, by the action's name",
  ),
  queue: Duration.optional().describe(
    "How long to wait for devices and a lock that are in use before the job is canceled; they are not waited for where nothing is said",
  ),
})
