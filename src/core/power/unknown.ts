import * as Effect from "effect/Effect"
import { ConfigurationError } from "../pipeline/errors.ts"

/**
 * A switch of which the lab file does not tell.
 *
 * @param what as it reads in "the device was to be ...": "switched on"
 */
export const unknownSwitch = (what: string): Effect.Effect<never, ConfigurationError> =>
  Effect.suspend(() =>
    Effect.fail(
      new ConfigurationError({
        message: `the device was to be ${what}, but the lab file does not say how; give it a "power" section`,
      }),
    ),
  )
