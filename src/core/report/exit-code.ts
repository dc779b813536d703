import type { DispatchError } from "../pipeline/errors.ts"
import type { JobSummary } from "./summary.ts"

/** Exit codes by the class of error that ended the job: 70 is EX_SOFTWARE of sysexits.h, 130 what a shell reports of Ctrl-C. */
export const exitCodes = {
  JobError: 1,
  TestError: 1,
  ConfigurationError: 2,
  InfrastructureError: 3,
  BugError: 70,
  CanceledError: 130,
} as const satisfies Readonly<Record<DispatchError["_tag"], number>>

/** Exit code of an error, as the command's help lists them. */
export const errorExitCode = (error: DispatchError): number => exitCodes[error._tag]

/**
 * Exit code of a job: 0 where it completed and every case passed or was skipped, 1 where a case failed or
 * gave no verdict, else its error's. A job that never said how it ended is a bug of ours.
 */
export const exitCode = (summary: JobSummary): number => {
  if (summary.error) return errorExitCode(summary.error)
  if (summary.status === "canceled") return exitCodes.CanceledError
  if (summary.status !== "complete") return exitCodes.BugError
  return summary.counts.fail + summary.counts.unknown > 0 ? 1 : 0
}
