import type * as z from "zod"
import { unsupported, warning } from "./severity.ts"

/** A key of LAVA's that is taken and has no effect here; its author is told `why` where `when` holds of its value. */
export const noEffect = <T extends z.ZodType>(
  schema: T,
  why: string,
  when: (value: z.output<T>) => boolean = () => true,
) => told(schema, warning(why), when)

/** A key of LAVA's that cannot be had here, where going on without it would be wrong. */
export const notHere = <T extends z.ZodType>(
  schema: T,
  why: string,
  when: (value: z.output<T>) => boolean = () => true,
) => told(schema, unsupported(why), when)

const told = <T extends z.ZodType>(
  schema: T,
  message: string,
  when: (value: z.output<T>) => boolean,
) =>
  schema.optional().superRefine((value, context) => {
    if (value !== undefined && when(value)) context.addIssue({ code: "custom", message })
  })

/**
 * The `error` of a schema that takes less than LAVA's: what LAVA takes is no mistake, but cannot be had here.
 *
 * @param words what the schema expects, where the usual words do not say it
 */
export const narrowerThan =
  (lava: z.ZodType, words?: string) =>
  ({ input }: { readonly input?: unknown }): string | undefined =>
    lava.safeParse(input).success ? unsupported(words) : words
