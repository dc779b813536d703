import * as z from "zod"
import { openMapping } from "../../source/open-mapping.ts"
import { unsupported } from "../../source/severity.ts"
import { noEffect, notHere } from "../../source/support.ts"
import { Duration } from "../duration.ts"
import { context } from "./context.ts"
import { name, texts } from "./text.ts"

const role = openMapping({
  device_type: z.string().optional().describe("Run on any device of this type"),
  device: name.optional().describe("Run on the device of this name"),
  count: z
    .number()
    .min(0)
    .refine((count) => Number.isInteger(count) && count >= 1 && count <= 100, {
      error: unsupported("expected a whole number between 1 and 100"),
    })
    .default(1)
    .describe("How many devices have this role"),
  tags: z
    .array(z.string())
    .optional()
    .describe("Only devices that have all of these tags can have this role"),
  context: context.optional().describe("Values for the role's devices, over what their type says"),
  environment: texts("Environment variables of the role's tests"),
  essential: z
    .boolean()
    .default(false)
    .describe("When a device of this role fails, the others are ended at once"),
  timeout: Duration.optional().describe("The longest that a device of this role waits for others"),
  connection: notHere(
    z.string(),
    "a role needs a device of its own: give it device_type or device",
  ).describe("ssh: the role is a login at the device of another role"),
  expect_role: z.string().optional().describe("The role that a login role answers"),
  host_role: notHere(z.string(), "a role needs a device of its own: leave it away").describe(
    "The role whose device a login role is at",
  ),
  request: notHere(z.string(), "roles that are started by others cannot be had").describe(
    "What a login role waits for",
  ),
})

/** One role of a job for several devices. */
export type Role = z.output<typeof role>

const multinode = openMapping({
  roles: z
    .record(
      z
        .string()
        .regex(/^[A-Za-z_][\w-]*$/, unsupported("expected a name of letters, digits, _ and -")),
      role,
    )
    .refine((roles) => Object.keys(roles).length > 0, unsupported("expected one role or more"))
    .describe("What the devices of this job are for, by the names that actions give as `role`"),
  timeout: Duration.optional().describe(
    "The longest that a device waits for others, where its role says nothing",
  ),
})

const tags = openMapping({ tags: z.array(z.string()).describe("Tags of the network interface") })

const container = openMapping({
  name: z.string().describe("Name of the container"),
  distribution: z.string().describe("Its distribution"),
  release: z.string().describe("The distribution's release"),
  arch: z.string().optional().describe("Its architecture"),
  mirror: z.string().optional().describe("The mirror to install from"),
  persist: z.boolean().optional().describe("Keep it when the job ends"),
  security_mirror: z.string().optional().describe("The mirror of security updates"),
  template: z.string().optional().describe("The template to make it by"),
  timeout: Duration.optional().describe("The longest that making it may take"),
  verbose: z.boolean().optional().describe("Tell all that is done"),
})

/** A job's `protocols`. */
export const protocols = openMapping({
  "lava-multinode": multinode.optional().describe("The job runs on several devices at once"),
  "lava-lxc": noEffect(
    z.union([container, z.record(z.string(), container)]),
    "LXC containers are not made, as LAVA makes none any more",
  ).describe("A container beside the device"),
  "lava-vland": notHere(
    z.record(z.string(), z.union([tags, z.record(z.string(), tags)])),
    "VLANs cannot be switched",
  ).describe("Networks between the devices, made by a switch"),
  "lava-xnbd": noEffect(
    openMapping({
      port: z.union([z.literal("auto"), z.int()]).describe("The server's port"),
      timeout: Duration.optional().describe("The longest that an answer may take"),
    }),
    "the server of block devices has a port of its own",
  ).describe("A server of network block devices"),
})
