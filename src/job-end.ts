import * as Exit from "effect/Exit"
import { type DispatchError, withDetails } from "./core/pipeline/errors.ts"
import type { JobStatus } from "./core/pipeline/events.ts"
import { asError } from "./core/pipeline/run.ts"

/** How a job, or a node of it, ended. */
export interface JobEnd {
  readonly status: JobStatus
  readonly error?: DispatchError
}

/** How a run ended, from its exit. @param device the one that it was on, where it was one */
export const endOf = (exit: Exit.Exit<void, DispatchError>, device: string | undefined): JobEnd => {
  if (Exit.isSuccess(exit)) return { status: "complete" }
  const error = withDetails(asError(exit.cause), device === undefined ? {} : { device })
  return { status: error._tag === "CanceledError" ? "canceled" : "incomplete", error }
}
