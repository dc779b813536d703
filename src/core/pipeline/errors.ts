import * as Data from "effect/Data"

/**
 * What every error of a job carries. `message` is one sentence for a lab person: what was expected,
 * what was seen, what to do. The other fields are filled in where they are known; the runner adds
 * `action` and `device` on the way up.
 */
export interface ErrorDetails {
  readonly message: string
  /** Name of the action that failed, as written in `timeouts.actions`. */
  readonly action?: string
  readonly device?: string
  /** The console's last lines, oldest first, where a console was involved. */
  readonly console?: ReadonlyArray<string>
  /** It failed because its time was over: a block whose `timeout` says `skip` is then passed over. */
  readonly timedOut?: true
  readonly cause?: unknown
}

/** The lab failed, not the job: console, power, network, servers, disk. Retried; LAVA's class. */
export class InfrastructureError extends Data.TaggedError("InfrastructureError")<ErrorDetails> {}

/** What the job asked for cannot work: bad kernel, wrong checksum, panic at boot. Retried. */
export class JobError extends Data.TaggedError("JobError")<ErrorDetails> {}

/** A test failed in a way that ends the job: `lava-test-raise`, a timeout or a crash in a test. Retried. */
export class TestError extends Data.TaggedError("TestError")<ErrorDetails> {}

/** The job, the lab file or a device type is wrong. Never retried. */
export class ConfigurationError extends Data.TaggedError("ConfigurationError")<ErrorDetails> {}

/** Somebody cancelled the job. Never retried. */
export class CanceledError extends Data.TaggedError("CanceledError")<ErrorDetails> {}

/** A mistake in this program or in a plugin. Never retried. */
export class BugError extends Data.TaggedError("BugError")<ErrorDetails> {}

/** Every way in which a job can fail. */
export type DispatchError =
  | InfrastructureError
  | JobError
  | TestError
  | ConfigurationError
  | CanceledError
  | BugError

const classes = {
  InfrastructureError,
  JobError,
  TestError,
  ConfigurationError,
  CanceledError,
  BugError,
}

/** LAVA's `error_type` of an error, as it stands in results ("Infrastructure", "Job", ...). */
export const errorType = (error: DispatchError): string => error._tag.replace(/Error$/, "")

/** Whether a retry may help: LAVA retries infrastructure, job and test errors only. */
export const isRetryable = (error: DispatchError): boolean =>
  error._tag === "InfrastructureError" || error._tag === "JobError" || error._tag === "TestError"

/** The same error with details added; what it already says is kept. */
export const withDetails = (error: DispatchError, details: Partial<ErrorDetails>): DispatchError =>
  reworded(error, { ...details, ...detailsOf(error) })

/** The same error, with what happened after it. */
export const followedBy = (error: DispatchError, next: DispatchError): DispatchError =>
  reworded(error, { ...detailsOf(error), message: `${error.message}; and ${next.message}` })

/** An error of the same class that says something else. */
export const reworded = (error: DispatchError, details: ErrorDetails): DispatchError =>
  new classes[error._tag](details)

/** All that an error says, for another error that says it too. */
export const detailsOf = (error: DispatchError): ErrorDetails => ({
  message: error.message,
  ...(error.action !== undefined && { action: error.action }),
  ...(error.device !== undefined && { device: error.device }),
  ...(error.console !== undefined && { console: error.console }),
  ...(error.timedOut && { timedOut: error.timedOut }),
  ...(error.cause !== undefined && { cause: error.cause }),
})

/** Whether a value is one of the errors above. */
export const isDispatchError = (value: unknown): value is DispatchError =>
  value instanceof Error && "_tag" in value && String(value._tag) in classes

/** What a thrown value says, whatever was thrown. */
export const messageOf = (thrown: unknown): string =>
  thrown instanceof Error ? thrown.message : String(thrown)
