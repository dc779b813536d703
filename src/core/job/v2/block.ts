import * as z from "zod"
import { BlockDuration, DurationsByName } from "../duration.ts"
import { slip } from "../../source/severity.ts"
import { narrowerThan, noEffect, notHere } from "../../source/support.ts"
import { refused } from "../refused.ts"
import { isMapping } from "../rule.ts"

/** LAVA counts with fractions, too. */
const times = z.int({ error: narrowerThan(z.number()) }).min(1)

/** The keys that every deploy, boot, test and command block may have. */
export const blockKeys = {
  namespace: z
    .string()
    .min(1, slip())
    .regex(
      /^(?!(common|docker-test-shell)$)/,
      'expected another name than "common" and "docker-test-shell", which the dispatcher uses itself',
    )
    .optional()
    .describe(
      "Keeps what this block leaves behind apart from blocks of other namespaces; if one block has a namespace, all must",
    ),
  "connection-namespace": z
    .string()
    .min(1, slip())
    .optional()
    .describe("Use the connection that blocks of this namespace opened"),
  timeout: BlockDuration.optional().describe("The longest this block may take"),
  timeouts: DurationsByName.optional().describe(
    "Time limits of single actions of this block, by the action's name",
  ),
  failure_retry: times
    .optional()
    .describe("How often to try this block in all before its failure ends the job"),
  failure_retry_interval: z
    .int({ error: narrowerThan(z.number()) })
    .min(0)
    .optional()
    .describe("Seconds to wait before each further try"),
  repeat: times.optional().describe("How often to run this block, one run after the other"),
  role: z
    .union([z.string().transform((one) => [one]), z.array(z.string())])
    .refine((roles) => roles.length > 0, slip("expected one role or more"))
    .optional()
    .describe("The roles whose devices do this; all where nothing is said"),
  protocols: notHere(
    noEffect(z.unknown(), "requests to protocols have no effect"),
    "requests to a protocol cannot be made: leave `protocols` away",
    (requests) => isMapping(requests) && "lava-multinode" in requests,
  ).describe("Requests to protocols before the block's actions"),
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
  const names = Object.keys(methods)
  const blocks = Object.entries(methods).map(([name, keys]) => {
    const others = names.filter((other) => other !== name)
    const refusals = Object.fromEntries(
      others.map((other) => [other, refused(slip(eitherOf(names, name, other)))]),
    )
    return withMeta(keys, keys.safeExtend({ ...refusals, ...blockKeys }).strict())
  })
  const [first] = blocks
  if (first === undefined) return z.never({ error: "there are no methods for this block" })
  return blocks.length === 1 ? first : z.union(blocks)
}

const eitherOf = (names: ReadonlyArray<string>, ...two: ReadonlyArray<string>): string => {
  const [one, other] = names.filter((name) => two.includes(name))
  return `a test is either \`${one}\` or \`${other}\`: make two of it`
}

/** Gives the extended schema the title and description of the method's own. */
const withMeta = (keys: MethodKeys, block: z.ZodObject): z.ZodObject => {
  const { id: _, ...meta } = keys.meta() ?? {}
  return block.meta(meta)
}
