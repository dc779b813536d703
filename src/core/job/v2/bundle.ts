import * as z from "zod"

/** `bundle`: results in the format of LAVA's first generation, for what reads it still. LAVA has no such key. */
export const bundle = z
  .strictObject({
    post: z
      .strictObject({
        server: z
          .url({ protocol: /^https?$/ })
          .describe("The dashboard's XML-RPC address: https://lava.example.org/RPC2/"),
        stream: z.string().min(1).describe("The bundle stream: /anonymous/tests/"),
        token: z
          .string()
          .min(1)
          .optional()
          .describe("The token of the user that the address names; never written to the log"),
      })
      .optional()
      .describe("Where to send it when the job is over"),
  })
  .meta({ title: "Bundle", description: "Write the results to bundle.json, too" })

/** See the schema of the same name. */
export type Bundle = z.output<typeof bundle>
