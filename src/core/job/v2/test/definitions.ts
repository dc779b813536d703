import * as z from "zod"
import { TestDefinitionRef } from "../../../testshell/definition.ts"
import { refused } from "../../refused.ts"

const notRun = (what: string) =>
  refused(`${what}: tests are \`definitions\`, which run in a shell on the device`)

/** Tests that cannot be run at all. */
export const otherTests = {
  services: notRun("services cannot be run beside a test"),
  docker: notRun("tests cannot be run in a container"),
}

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
    interactive: refused("a test is either `definitions` or `interactive`: make two of it"),
    monitors: refused("a test is either `definitions` or `monitors`: make two of it"),
    ...otherTests,
  })
  .meta({ title: "Tests in a shell", description: "Runs test definitions in the device's shell" })
