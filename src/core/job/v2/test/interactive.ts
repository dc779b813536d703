import * as z from "zod"
import { PatternText } from "../../../console/pattern-text.ts"
import { SuiteName } from "../../../testshell/definition.ts"
import { refused } from "../../refused.ts"
import { rule } from "../../rule.ts"
import { otherTests } from "./definitions.ts"

const message = PatternText.describe(
  "What the device prints: a regular expression; what its named groups match can be typed later, as {name}",
)

const step = z
  .strictObject({
    command: z
      .string()
      .regex(/^[\x20-\x7e]*$/, "expected one line of printable ASCII")
      .nullable()
      .optional()
      .describe(
        "What to type; an empty text is the Enter key alone, null types nothing and waits for what comes",
      ),
    delay: z.number().min(0).optional().describe("Pause, in seconds, instead of a command"),
    name: z
      .string()
      .regex(/^[\w.+-]+$/, "expected letters, digits and any of . + - _")
      .optional()
      .describe(
        "Name of the test case; without one there is no result, and a failure ends the job with TestError",
      ),
    successes: z
      .array(z.strictObject({ message }))
      .min(1)
      .optional()
      .describe("Any of them passes; without successes, coming back to the prompt does"),
    failures: z
      .array(
        z.strictObject({
          message,
          exception: z
            .enum(["InfrastructureError", "JobError", "TestError"])
            .optional()
            .describe("End the job with an error of this class"),
          error: z.string().min(1).optional().describe("What the failure means, for people"),
        }),
      )
      .min(1)
      .optional()
      .describe("Any of them fails"),
    wait_for_prompt: z
      .boolean()
      .default(true)
      .describe("Whether the prompt is awaited before the next step, once a message has come"),
  })
  .check(
    rule(({ value, hasUnknownKeys }, report) => {
      const pauses = value["delay"] !== undefined
      if (pauses && Object.keys(value).some((key) => !["delay", "wait_for_prompt"].includes(key))) {
        report(["delay"], "is a step of its own: nothing else can stand beside it")
      }
      if (!pauses && value["command"] === undefined && !hasUnknownKeys) {
        report([], "says nothing to do: give a command or a delay")
      }
    }),
  )

const dialogue = z.strictObject({
  name: SuiteName,
  prompts: z
    .array(PatternText)
    .min(1)
    .describe("What the device prints when it takes the next command: regular expressions"),
  echo: z
    .literal("discard")
    .optional()
    .describe("discard: look for messages behind the echo of the command only"),
  script: z.array(step).min(1).describe("What to type and what to expect, step by step"),
})

/** `test` with `interactive`: a dialogue on the console, with whatever is there: a boot loader, a login, a menu. */
export const interactive = z
  .strictObject({
    interactive: z.array(dialogue).min(1).describe("The dialogues, one after the other"),
    definitions: refused("a test is either `definitions` or `interactive`: make two of it"),
    monitors: refused("a test is either `interactive` or `monitors`: make two of it"),
    ...otherTests,
  })
  .meta({
    title: "Dialogues on the console",
    description: "Types commands on the device's console and looks at what it answers",
  })

/** A dialogue: a suite of the results. */
export type Dialogue = z.output<typeof dialogue>

/** One step of a dialogue. */
export type DialogueStep = z.output<typeof step>
