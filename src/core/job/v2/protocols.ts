import * as z from "zod"
import { Duration } from "../duration.ts"
import { refused } from "../refused.ts"
import { context } from "./context.ts"
import { name, texts } from "./text.ts"

const role = z.strictObject({
  device_type: name.optional().describe("Run on any device of this type"),
  device: name.optional().describe("Run on the device of this name"),
  count: z.int().min(1).max(100).default(1).describe("How many devices have this role"),
  tags: z
    .array(z.string().min(1))
    .optional()
    .describe("Only devices that have all of these tags can have this role"),
  context: context.optional().describe("Values for the role's devices, over what their type says"),
  environment: texts("Environment variables of the role's tests"),
  essential: z
    .boolean()
    .default(false)
    .describe("When a device of this role fails, the others are ended at once"),
  timeout: Duration.optional().describe("The longest that a device of this role waits for others"),
  connection: refused("a role needs a device of its own: give it device_type or device"),
  expect_role: refused("roles that are started by others cannot be had: leave it away"),
  host_role: refused("a role needs a device of its own: leave it away"),
  request: refused("roles that are started by others cannot be had: leave it away"),
})

/** One role of a job for several devices. */
export type Role = z.output<typeof role>

const multinode = z.strictObject({
  roles: z
    .record(
      z.string().regex(/^[A-Za-z_][\w-]*$/, "expected a name of letters, digits, _ and -"),
      role,
    )
    .refine((roles) => Object.keys(roles).length > 0, "expected one role or more")
    .describe("What the devices of this job are for, by the names that actions give as `role`"),
  timeout: Duration.optional().describe(
    "The longest that a device waits for others, where its role says nothing",
  ),
})

const unavailable = "is not available: leave it away"

/** A job's `protocols`. */
export const protocols = z.strictObject({
  "lava-multinode": multinode.optional().describe("The job runs on several devices at once"),
  "lava-vland": refused(`vland ${unavailable}`),
  "lava-lxc": refused(`lxc ${unavailable}`),
  "lava-xnbd": refused(`xnbd ${unavailable}`),
})
