import * as z from "zod"
import { PatternText } from "../../../console/pattern-text.ts"
import { SuiteName } from "../../../testshell/definition.ts"
import { openMapping } from "../../../source/open-mapping.ts"
import { slip, unsupported } from "../../../source/severity.ts"
import { notHere } from "../../../source/support.ts"
import { rule } from "../../rule.ts"

const notEmpty = slip("expected a list that is not empty")

const message = PatternText.describe(
  "What the device prints: a regular expression; what its named groups match can be typed later, as {name}",
)

const meeting = notHere(z.string(), "a dialogue cannot wait for other devices").describe(
  "A message between the devices of the job",
)

const step = openMapping({
  command: z
    .string()
    .regex(/^[\x20-\x7e]*$/, unsupported("expected one line of printable ASCII"))
    .nullable()
    .optional()
    .describe(
      "What to type; an empty text is the Enter key alone, null types nothing and waits for what comes",
    ),
  delay: z.number().min(0, slip()).optional().describe("Pause, in seconds, instead of a command"),
  name: z
    .string()
    .regex(/^[\w.-]+$/, "expected letters, digits and any of . - _")
    .optional()
    .describe(
      "Name of the test case; without one there is no result, and a failure ends the job with TestError",
    ),
  successes: z
    .array(openMapping({ message }))
    .refine((all) => all.length > 0, notEmpty)
    .optional()
    .describe("Any of them passes; without successes, coming back to the prompt does"),
  failures: z
    .array(
      openMapping({
        message,
        exception: z
          .enum(["InfrastructureError", "JobError", "TestError"])
          .optional()
          .describe("End the job with an error of this class"),
        error: z.string().min(1).optional().describe("What the failure means, for people"),
      }),
    )
    .refine((all) => all.length > 0, notEmpty)
    .optional()
    .describe("Any of them fails"),
  "lava-send": meeting,
  "lava-sync": meeting,
  "lava-wait": meeting,
  "lava-wait-all": meeting,
  wait_for_prompt: z
    .boolean()
    .default(true)
    .describe("Whether the prompt is awaited before the next step, once a message has come"),
}).check(
  rule(({ value, hasUnknownKeys }, report) => {
    const pauses = value["delay"] !== undefined
    if (pauses && Object.keys(value).some((key) => !["delay", "wait_for_prompt"].includes(key))) {
      report(["delay"], slip("is a step of its own: nothing else can stand beside it"))
    }
    if (!pauses && value["command"] === undefined && !hasUnknownKeys) {
      report([], slip("says nothing to do: give a command or a delay"))
    }
  }),
)

const dialogue = openMapping({
  name: SuiteName,
  prompts: z
    .array(PatternText)
    .refine((all) => all.length > 0, notEmpty)
    .describe("What the device prints when it takes the next command: regular expressions"),
  echo: z
    .literal("discard")
    .optional()
    .describe("discard: look for messages behind the echo of the command only"),
  script: z
    .array(step)
    .refine((all) => all.length > 0, notEmpty)
    .describe("What to type and what to expect, step by step"),
})

/** `test` with `interactive`: a dialogue on the console, with whatever is there: a boot loader, a login, a menu. */
export const interactive = openMapping({
  interactive: z
    .array(dialogue)
    .refine((all) => all.length > 0, notEmpty)
    .describe("The dialogues, one after the other"),
}).meta({
  title: "Dialogues on the console",
  description: "Types commands on the device's console and looks at what it answers",
})

/** A dialogue: a suite of the results. */
export type Dialogue = z.output<typeof dialogue>

/** One step of a dialogue. */
export type DialogueStep = z.output<typeof step>
