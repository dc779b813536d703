import * as z from "zod"
import { BlockDuration, DurationsByName } from "../duration.ts"
import { refused } from "../refused.ts"
import { name } from "./text.ts"

/** The keys that every deploy, boot, test and command block may have. */
export const blockKeys = {
  namespace: z
    .string()
    .min(1)
    .regex(/^(?!common$)/, 'expected another name than "common", which the dispatcher uses itself')
    .optional()
    .describe(
      "Keeps what this block leaves behind apart from blocks of other namespaces; if one block has a namespace, all must",
    ),
  "connection-namespace": z
    .string()
    .min(1)
    .optional()
    .describe("Use the connection that blocks of this namespace opened"),
  timeout: BlockDuration.optional().describe("The longest this block may take"),
  timeouts: DurationsByName.optional().describe(
    "Time limits of single actions of this block, by the action's name",
  ),
  failure_retry: z
    .int()
    .min(1)
    .optional()
    .describe("How often to try this block in all before its failure ends the job"),
  failure_retry_interval: z
    .int()
    .min(0)
    .optional()
    .describe("Seconds to wait before each further try"),
  repeat: z
    .int()
    .min(1)
    .optional()
    .describe("How often to run this block, one run after the other"),
  role: z
    .union([name.transform((one) => [one]), z.array(name).min(1)])
    .optional()
    .describe("The roles whose devices do this; all where nothing is said"),
  protocols: refused("requests to a protocol cannot be made: leave `protocols` away"),
}

/** What the keys that every block may have are read as. */
export type BlockKeys = z.output<z.ZodObject<typeof blockKeys>>

/** The keys of one method of deploy, boot or test: all but those that every block may have. */
export type MethodKeys = z.ZodObject

/** Methods by the name that a job calls them by. */
export type MethodTable = Readonly<Record<string, MethodKeys>>

/**
 * The schema of a block whose key `kind` names its method: `to` for deploy, `method` for boot. An unknown
 * name is answered with those that there are.
 */
export const namedBlock = (kind: "to" | "method", methods: MethodTable): z.ZodType => {
  const blocks = Object.entries(methods).map(([name, keys]) => {
    const tag = z.literal(name).describe(`The ${kind === "to" ? "deploy" : "boot"} method`)
    return withMeta(keys, keys.safeExtend({ [kind]: tag, ...blockKeys }).strict())
  })
  const [first, ...others] = blocks
  if (first === undefined) return z.never({ error: "there are no methods for this block" })
  return z.discriminatedUnion(kind, [first, ...others])
}

/** The schema of a block that is told by its keys, as tests are: `definitions`, `monitors`... */
export const keyedBlock = (methods: MethodTable): z.ZodType => {
  const blocks = Object.values(methods).map((keys) =>
    withMeta(keys, keys.safeExtend(blockKeys).strict()),
  )
  const [first] = blocks
  if (first === undefined) return z.never({ error: "there are no methods for this block" })
  return blocks.length === 1 ? first : z.union(blocks)
}

/** Gives the extended schema the title and description of the method's own. */
const withMeta = (keys: MethodKeys, block: z.ZodObject): z.ZodObject => {
  const { id: _, ...meta } = keys.meta() ?? {}
  return block.meta(meta)
}
