import * as z from "zod"
import { TestDefinitionRef } from "../../../testshell/definition.ts"
import { openMapping } from "../../../source/open-mapping.ts"
import { slip } from "../../../source/severity.ts"
import { notHere } from "../../../source/support.ts"
import { docker } from "../docker.ts"

/** `test` with `definitions`: test definitions that run in a shell on the device. */
export const definitions = openMapping({
  definitions: z
    .array(TestDefinitionRef)
    .refine((all) => all.length > 0, slip("expected a list that is not empty"))
    .describe("The test definitions to run, one after the other"),
  ignore_kernel_messages: z
    .boolean()
    .optional()
    .describe("Go on when the kernel panics during the tests, as some tests make it do"),
  docker: notHere(
    docker,
    "tests cannot be run in a container: leave `docker` away, and they run in a shell on the device",
  ).describe("Run the tests in a container on this machine"),
  "downloads-namespace": z
    .string()
    .optional()
    .describe("The namespace whose downloads the container sees"),
}).meta({ title: "Tests in a shell", description: "Runs test definitions in the device's shell" })
