import * as Effect from "effect/Effect"
import type { JobServices } from "../../core/lab/services.ts"
import { type Action, action } from "../../core/pipeline/action.ts"
import { Power } from "../../core/power/power.ts"

/** Brings the device to its firmware, whatever state it is in, by the lab's power commands. */
export const resetDevice = (): Action<JobServices> =>
  action({
    name: "reset-device",
    description: "reset the device by its power",
    timeoutSeconds: 120,
    run: Effect.flatMap(Power, (power) => power.reset),
  })
