import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { readJob } from "../core/job/definition.ts"
import type { Lab } from "../core/lab/load-lab.ts"
import { InvalidFile } from "../core/source/invalid-file.ts"
import { prepare, type ReadyJob } from "../index.ts"
import { labFor } from "./find-lab.ts"
import type { LabOptions } from "./options.ts"

/** The options of a subcommand that needs a job's plan. */
export interface JobOptions extends LabOptions {
  readonly device?: string
}

/**
 * Reads a job, its lab, and plans the job on its devices. Rejects with ConfigurationError: where the lab cannot be had,
 * with the job's own mistakes first, which its author can mend without a lab.
 */
export const settleJob = async (
  path: string,
  { lab: labPath, device }: JobOptions,
): Promise<{ readonly ready: ReadyJob; readonly lab: Lab }> => {
  const found = await labFor(labPath, device).catch((error: unknown) => withoutLab(path, error))
  return { ready: await prepare(path, found), lab: found.lab }
}

/** What a job's plugin would know of it is not known without its lab: what is wrong with that is told, too. */
const withoutLab = async (path: string, error: unknown): Promise<never> => {
  const job = await Effect.runPromise(Effect.result(readJob(path)))
  if (Result.isSuccess(job)) throw error
  const more = error instanceof InvalidFile ? error.problems : []
  throw new InvalidFile([...job.failure.problems, ...more])
}
