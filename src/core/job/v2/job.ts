import * as z from "zod"
import { isMapping, rule } from "../rule.ts"
import { type BlockKeys, keyedBlock, namedBlock } from "./block.ts"
import { bundle } from "./bundle.ts"
import { command } from "./command.ts"
import { context } from "./context.ts"
import { builtInMethods, type Methods } from "./methods.ts"
import { openMapping } from "../../source/open-mapping.ts"
import { slip } from "../../source/severity.ts"
import { narrowerThan, noEffect } from "../../source/support.ts"
import { notify } from "./notify.ts"
import { jobRules } from "./rules.ts"
import { protocols } from "./protocols.ts"
import { name, texts } from "./text.ts"
import { jobTimeouts } from "./timeouts.ts"
import { transfer } from "./transfer.ts"

const priorities = { low: 0, medium: 50, high: 100 } as const

const jobKeys = {
  $schema: z.string().optional().describe("The JSON Schema that an editor checks this file by"),
  job_name: name.describe("What this job does, for people"),
  device_type: name.optional().describe("Run on any device of this type"),
  device: name.optional().describe("Run on the device of this name"),
  visibility: z
    .union([
      z.enum(["public", "personal"]),
      openMapping({ group: z.array(z.string()).describe("Names of the groups") }),
    ])
    .describe(
      "Who may see the job and its results; for the scheduler that runs it, where there is one",
    ),
  priority: z
    .union([
      z.enum(["low", "medium", "high"]).transform((level) => priorities[level]),
      z
        .int({ error: narrowerThan(z.number()) })
        .min(0)
        .max(100),
    ])
    .optional()
    .describe(
      "Place in a scheduler's queue: low (0), medium (50), high (100) or a number between 0 and 100",
    ),
  tags: z.array(z.string()).optional().describe("Run only on a device that has all of these tags"),
  lock: name
    .optional()
    .describe(
      "Run while no other job on this machine has the lock of this name; one that is held is waited for as timeouts.queue says",
    ),
  network: z
    .enum(["isolated"])
    .optional()
    .describe(
      "isolated: the device is on a network segment of the job's own, with the dispatcher and nobody else; without it, on its usual network",
    ),
  timeouts: jobTimeouts.describe("Time limits"),
  context: context.optional().describe("Values for the device, over what its type says"),
  metadata: z
    .record(z.string(), z.unknown())
    .optional()
    .describe(
      "Anything, told with the start of the job: where the kernel came from, who asked for it",
    ),
  secrets: texts("Values for the tests that are never written to the log"),
  environment: texts("Environment variables of the tests"),
  bundle: bundle
    .optional()
    .describe("Write the results as a bundle of LAVA's first generation, too, and post it"),
  protocols: protocols.optional().describe("What the job needs beside its actions: roles"),
  notify: noEffect(notify, "notifications are not sent").describe(
    "Who is told what becomes of the job",
  ),
  worker: noEffect(z.unknown(), "the job runs on this machine").describe(
    "The machine that a LAVA server gives the job to",
  ),
  reboot_to_fastboot: noEffect(z.boolean(), "the device is switched off at the job's end").describe(
    "Whether the device is left in fastboot",
  ),
} as const

/** What a job's block of each kind is read as, for a table of methods. */
export interface Blocks<M extends Methods = typeof builtInMethods> {
  readonly deploy: Named<M["deploy"], "to">
  readonly boot: Named<M["boot"], "method">
  readonly test: Keyed<M["test"]>
  readonly command: z.output<typeof command>
  readonly transfer: z.output<typeof transfer>
}

/** What a block with the method `Name` is read as; `Kind` is the key that names it. */
export type NamedBlock<
  Table extends Methods["boot"],
  Kind extends "to" | "method",
  Name extends keyof Table & string,
> = z.output<Table[Name]> & BlockKeys & Readonly<Record<Kind, Name>>

type Named<Table extends Methods["boot"], Kind extends "to" | "method"> = {
  [Name in keyof Table & string]: NamedBlock<Table, Kind, Name>
}[keyof Table & string]

type Keyed<Table extends Methods["test"]> = {
  [Name in keyof Table & string]: z.output<Table[Name]> & BlockKeys
}[keyof Table & string]

/** One action of a job: a mapping with one key, which says the kind of its block. */
export type JobAction<M extends Methods = typeof builtInMethods> = {
  [Kind in keyof Blocks<M>]: Readonly<Record<Kind, Blocks<M>[Kind]>>
}[keyof Blocks<M>]

/**
 * A job as it was written, in LAVA's keys, made regular: time limits as seconds, `priority` as a number,
 * `prompts` and `soft_reboot` as lists, secrets and environment as texts.
 */
export type JobDefinition<M extends Methods = typeof builtInMethods> = z.output<
  z.ZodObject<typeof jobKeys>
> & { readonly actions: ReadonlyArray<JobAction<M>> }

const actionKinds = ["deploy", "boot", "test", "command", "transfer"]

const actionSchema = (methods: Methods) =>
  openMapping(
    {
      deploy: namedBlock("to", methods.deploy).optional().describe("Put a system on the device"),
      boot: namedBlock("method", methods.boot).optional().describe("Boot the device and log in"),
      test: keyedBlock(methods.test).optional().describe("Run tests"),
      command: command.optional().describe("Run a command of the device's description"),
      transfer: transfer.optional().describe("Take a file from one role's device to another's"),
    },
    (action) => isMapping(action) && actionKinds.some((kind) => action[kind] !== undefined),
  )
    .check(
      rule(({ value, hasUnknownKeys }, report) => {
        const kinds = Object.keys(value)
        if (kinds.length > 1) {
          report([], slip(`one action cannot be ${kinds.join(" and ")} at once`))
        }
        if (kinds.length === 0 && !hasUnknownKeys) {
          report([], "says nothing to do: give deploy, boot, test, command or transfer")
        }
      }),
    )
    .meta({ title: "Action", minProperties: 1, maxProperties: 1 })

/**
 * The schema of a job in LAVA's second format. Keys that it does not know are told as warnings.
 *
 * @param methods what `deploy`, `boot` and `test` may name; plugins add theirs to the built-in table:
 * `jobSchema({ ...builtInMethods, boot: { ...builtInMethods.boot, fastboot } })`
 */
export const jobSchema = <M extends Methods = typeof builtInMethods>(
  methods?: M,
): z.ZodType<JobDefinition<M>> => {
  const schema = openMapping({
    ...jobKeys,
    actions: z
      .array(actionSchema(methods ?? builtInMethods))
      .refine((actions) => actions.length > 0, slip("expected a list that is not empty"))
      .describe("What to do, one after the other"),
  })
    .check(jobRules)
    .meta({ title: "Job", description: "A test job for lab-dispatch, in LAVA's job format" })
  // The compiler cannot follow how the table of methods becomes a union of blocks.
  return schema as unknown as z.ZodType<JobDefinition<M>>
}
