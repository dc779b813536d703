import * as z from "zod"
import { slip } from "../../source/severity.ts"
import { narrowerThan } from "../../source/support.ts"

/** A name that a job gives. */
export const name = z.string().min(1).max(200)

/** Values of shell variables by their names, each as a text. */
export const texts = (description: string) =>
  z
    .record(
      z.string().regex(/^[A-Za-z_]\w*$/, slip("expected the name of a shell variable")),
      z.union([z.string(), z.number().transform(String), z.boolean().transform(String)], {
        error: narrowerThan(z.unknown(), "expected a text, a number, true or false"),
      }),
    )
    .optional()
    .describe(description)
