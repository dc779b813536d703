import * as z from "zod"

/** `test` with `definitions`: test definitions that run in a shell on the device. */
export const definitions = z
  .strictObject({
    definitions: z
      .array(
        z.looseObject({
          from: z.enum(["git", "inline", "url"]).describe("Where the definition comes from"),
          name: z.string().min(1).describe("Name of the test suite in the results"),
        }),
      )
      .min(1)
      .describe("The test definitions to run, one after the other"),
  })
  .meta({ title: "Tests in a shell", description: "Runs test definitions in the device's shell" })
