import * as z from "zod"
import { TestDefinitionRef } from "../../../testshell/definition.ts"

/** `test` with `definitions`: test definitions that run in a shell on the device. */
export const definitions = z
  .strictObject({
    definitions: z
      .array(TestDefinitionRef)
      .min(1)
      .describe("The test definitions to run, one after the other"),
    ignore_kernel_messages: z
      .boolean()
      .optional()
      .describe("Go on when the kernel panics during the tests, as some tests make it do"),
  })
  .meta({ title: "Tests in a shell", description: "Runs test definitions in the device's shell" })
