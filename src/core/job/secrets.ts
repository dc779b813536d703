import type { JobDefinition } from "./v2/job.ts"

/** The values of a job that must appear in no log: its `secrets` and the passwords of its logins. */
export const secretsOf = (job: JobDefinition): ReadonlyArray<string> => [
  ...Object.values(job.secrets ?? {}),
  ...job.actions.flatMap((each) => ("boot" in each ? (each.boot.auto_login?.password ?? []) : [])),
]
