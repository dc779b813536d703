import * as z from "zod"
import { PatternText } from "../../../console/pattern-text.ts"
import { openMapping } from "../../../source/open-mapping.ts"
import { slip } from "../../../source/severity.ts"
import { SuiteName } from "../../../testshell/definition.ts"

const monitor = openMapping({
  name: SuiteName,
  start: PatternText.describe("What the device prints when the tests begin, a regular expression"),
  end: PatternText.describe("What it prints when they have ended, a regular expression"),
  pattern: PatternText.describe(
    "A result: a regular expression with the groups test_case_id and result, and measurement and units where there are; with a measurement the result may be left out",
  ),
  fixupdict: z
    .record(z.string(), z.enum(["pass", "fail", "skip", "unknown"]))
    .optional()
    .describe("What the device's words for results mean"),
  expected: z
    .array(z.string())
    .optional()
    .describe("The test cases that must have a result, and the only ones that may"),
})

/** `test` with `monitors`: results are read off what the device prints by itself. */
export const monitors = openMapping({
  monitors: z
    .array(monitor)
    .refine((all) => all.length > 0, slip("expected a list that is not empty"))
    .describe("What to look for, one after the other"),
}).meta({
  title: "Monitors of the console",
  description: "Reads results off what the device prints by itself",
})

/** What to look for on the console: a suite of the results. */
export type Monitor = z.output<typeof monitor>
