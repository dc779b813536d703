import type { JobDefinition } from "./v2/job.ts"

/**
 * The values of a job that must appear in no log: its `secrets` and the passwords of its logins. A password that
 * is the user's name is no secret, and blanking every "root" would make a log unreadable.
 */
export const secretsOf = (job: JobDefinition): ReadonlyArray<string> => [
  ...Object.values(job.secrets ?? {}),
  ...(job.bundle?.post?.token === undefined ? [] : [job.bundle.post.token]),
  ...job.actions.flatMap((each) => {
    const login = "boot" in each ? each.boot.auto_login : undefined
    return login?.password === undefined || login.password === login.username ? [] : login.password
  }),
]
