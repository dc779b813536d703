import { waitFailure } from "../../core/console/wait-failure.ts"
import { type DispatchError, TestError } from "../../core/pipeline/errors.ts"

/** A timeout, a panic or a reset in a test is the test's: LAVA's TestError. A lost connection stays the lab's. */
export const asTestError = (error: DispatchError): DispatchError => {
  const failure = waitFailure(error)
  if (!failure || failure.kind === "closed") return error
  return new TestError({
    message: error.message,
    ...(error.console && { console: error.console }),
    cause: error.cause,
  })
}
