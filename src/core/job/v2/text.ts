import * as z from "zod"

/** A name that a job gives. */
export const name = z.string().min(1).max(200)

/** Values of shell variables by their names, each as a text. */
export const texts = (description: string) =>
  z
    .record(
      z.string().regex(/^[A-Za-z_]\w*$/, "expected the name of a shell variable"),
      z.union([z.string(), z.number().transform(String), z.boolean().transform(String)]),
    )
    .optional()
    .describe(description)
