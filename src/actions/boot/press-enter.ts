import * as Effect from "effect/Effect"
import type { JobServices } from "../../core/lab/services.ts"
import { type Action, action } from "../../core/pipeline/action.ts"
import { deviceConsole } from "../connection.ts"

/** Has a prompt shown that was there before the console was opened, as that of a snapshot. */
export const pressEnter = (): Action<JobServices> =>
  action({
    name: "press-enter",
    description: "have the prompt shown that was there before",
    timeoutSeconds: 30,
    run: Effect.flatMap(deviceConsole, ({ sendLine }) => sendLine("")),
  })
