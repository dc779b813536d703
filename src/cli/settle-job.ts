import * as Effect from "effect/Effect"
import { readJob } from "../core/job/definition.ts"
import type { Lab } from "../core/lab/load-lab.ts"
import { directoryOf, prepareDefinition, type ReadyJob } from "../dispatch.ts"
import { loadLab } from "../index.ts"
import { findLab } from "./find-lab.ts"
import type { LabOptions } from "./options.ts"

/** The options of a subcommand that needs a job's plan. */
export interface JobOptions extends LabOptions {
  readonly device?: string
}

/**
 * Reads a job, its lab, and plans the job on a device. Rejects with ConfigurationError: with the job's own mistakes
 * first, which its author can mend without a lab.
 */
export const settleJob = async (
  path: string,
  { lab: labPath, device }: JobOptions,
): Promise<{ readonly ready: ReadyJob; readonly lab: Lab }> => {
  const definition = await Effect.runPromise(readJob(path))
  const lab = await loadLab(findLab(labPath))
  const options = { lab, ...(device !== undefined && { device }) }
  const ready = await Effect.runPromise(prepareDefinition(definition, directoryOf(path), options))
  return { ready, lab }
}
