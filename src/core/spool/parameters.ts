import * as z from "zod"

/** Who may have jobs run, as the host and the dispatcher know them. */
const Person = z
  .string()
  .regex(/^[A-Za-z0-9_][\w.@+-]*$/, "expected the name of a user, as alice or alice@example.com")

/** What there is to say of a host that fetches its work. */
export const SpoolParameters = {
  spool: z
    .string()
    .regex(/^\//, 'expected an absolute path, as "/srv/spool"')
    .describe("Directory of the spools of all hosts, each in a directory of the host's name"),
  owner: Person.describe("Whose machine it is: who may have jobs run there"),
  allow: z.array(Person).default([]).describe("Who else may"),
  poll_seconds: z
    .number()
    .min(0.05)
    .default(5)
    .describe("How often the dispatcher looks into the spool"),
}
