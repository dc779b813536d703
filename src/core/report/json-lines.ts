import { type DispatchError, errorType } from "../pipeline/errors.ts"
import type { JobEvent } from "../pipeline/events.ts"
import type { Reporter } from "./reporter.ts"

/** An error as a plain object, for programs that read JSON. */
export interface PlainError {
  /** "JobError" */
  readonly class: DispatchError["_tag"]
  /** LAVA's `error_type`: "Job" */
  readonly type: string
  readonly message: string
  readonly action?: string | undefined
  readonly device?: string | undefined
  /** The console's last lines, oldest first. */
  readonly console?: ReadonlyArray<string> | undefined
}

/** An error without its stack and cause. */
const plainError = (error: DispatchError): PlainError => ({
  class: error._tag,
  type: errorType(error),
  message: error.message,
  action: error.action,
  device: error.device,
  console: error.console,
})

/** Writes every event as one line of JSON; its `error`, where it has one, as a PlainError. */
export const jsonLines = (write: (line: string) => void): Reporter => ({
  event: (event: JobEvent) => {
    const error = "error" in event ? event.error : undefined
    write(`${JSON.stringify(error ? { ...event, error: plainError(error) } : event)}\n`)
  },
  end: () => {},
})
