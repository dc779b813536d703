import * as z from "zod"
import type { Command, RefusedCommand } from "./command.ts"
import { seconds, text } from "./command.ts"

const role = z.string().regex(/^[A-Za-z_][\w-]*$/, "expected a name of letters, digits, _ and -")

const member = z.looseObject({
  role,
  device_type: text.optional(),
  target: text.optional(),
  count: z.int().min(1).optional(),
  tags: z.array(text).optional(),
})

const guest = z.looseObject({
  role,
  device_type: text,
  count: z.int().min(1).optional(),
})

/** Parameters may be left away, or be null. */
const actionSchema = (commands: Readonly<Record<string, Command | RefusedCommand>>) => {
  const actions = Object.entries(commands).map(([name, command]) => {
    const tag = z.literal(name)
    return "refused" in command
      ? z.looseObject({ command: tag.refine(() => false, { error: command.refused }) })
      : z.looseObject({
          command: tag,
          parameters: z.preprocess((value) => value ?? {}, command.parameters),
          metadata: z.record(z.string(), z.unknown()).nullish(),
        })
  })
  const known = Object.keys(commands).filter((name) => !("refused" in commands[name]!))
  return z.discriminatedUnion("command", actions as unknown as [(typeof actions)[0]], {
    error: `expected a command: ${known.join(", ")}`,
  })
}

const top = {
  job_name: text,
  timeout: seconds.optional(),
  device_type: text.optional(),
  target: text.optional(),
  target_type: z.unknown().optional(),
  device_group: z.array(member).min(1).optional(),
  vm_group: z
    .looseObject({
      host: guest,
      vms: z.array(guest).min(1),
      auto_start_vms: z.boolean().optional(),
    })
    .optional(),
  tags: z.array(text).optional(),
  priority: z.unknown().optional(),
}

/**
 * The schema of a job in LAVA's first format (JSON), as its dispatcher checked it: any key at the top, only known
 * parameters in a command.
 *
 * @param commands by their names
 */
export const jobFile = (
  commands: Readonly<Record<string, Command | RefusedCommand>>,
): z.ZodType<V1Job> =>
  z.looseObject({
    ...top,
    actions: z.array(actionSchema(commands)).min(1),
  }) as unknown as z.ZodType<V1Job>

/** One command of a job, read. */
export interface V1Action {
  readonly command: string
  readonly parameters: { readonly role?: string }
  readonly metadata?: Readonly<Record<string, unknown>> | null
}

/** A job in LAVA's first format, read. */
export type V1Job = z.output<z.ZodObject<typeof top>> & {
  readonly actions: ReadonlyArray<V1Action>
}
