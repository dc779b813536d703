import * as z from "zod"
import { openMapping } from "../../source/open-mapping.ts"
import { rule } from "../rule.ts"

const callback = openMapping({
  url: z.string().describe("The address that is told"),
  method: z.enum(["GET", "POST"]).optional().describe("The request's method; GET without it"),
  token: z.string().optional().describe("What the request's header says: a secret"),
  header: z.string().optional().describe("The header that has the token; Authorization without it"),
  dataset: z
    .enum(["minimal", "logs", "results", "all"])
    .optional()
    .describe("How much of the job is sent; minimal without it"),
  "content-type": z
    .enum(["json", "urlencoded"])
    .optional()
    .describe("The form in which it is sent; urlencoded without it"),
})

const criteria = openMapping({
  status: z
    .enum(["all", "finished", "running", "complete", "canceled", "incomplete"])
    .describe("The state of the job in which to notify"),
  type: z
    .enum(["regression", "progression"])
    .optional()
    .describe("Only where the job before ended the other way"),
  dependency_query: z.string().optional().describe("A query on a LAVA server"),
})

const recipient = openMapping({
  to: openMapping({
    method: z.enum(["email", "irc"]).describe("By mail or in a chat"),
    user: z.string().optional().describe("A user of the LAVA server"),
    email: z.string().optional().describe("A mail address"),
    handle: z.string().optional().describe("A name in the chat"),
    server: z.string().optional().describe("The chat's server"),
  }).describe("Who is notified"),
})

const compare = openMapping({
  blacklist: z.array(z.string()).optional().describe("Results that are not compared"),
  query: z
    .union([
      openMapping({
        username: z.string().describe("The query's owner"),
        name: z.string().describe("The query's name"),
      }),
      openMapping({
        entity: z.string().describe("What is looked for: testjob"),
        conditions: z
          .record(z.string(), z.string())
          .optional()
          .describe("What it must be, by its properties"),
      }),
    ])
    .optional()
    .describe("The jobs to compare with, by a query on a LAVA server"),
})

/** `notify`: who is told what becomes of the job. */
export const notify = openMapping({
  criteria: criteria.describe("When to notify"),
  verbosity: z.enum(["verbose", "quiet", "status-only"]).optional().describe("How much is said"),
  recipients: z.array(recipient).optional().describe("Who is notified"),
  callback: callback.optional().describe("A service that is told"),
  callbacks: z.array(callback).optional().describe("Services that are told"),
  compare: compare.optional().describe("The jobs that the results are compared with"),
}).check(
  rule(({ value }, report) => {
    if (value["callback"] !== undefined && value["callbacks"] !== undefined) {
      report(["callbacks"], "cannot stand beside `callback`: give one of them")
    }
  }),
)
