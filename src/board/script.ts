import * as z from "zod"

const regex = z.string().refine(isRegex, {
  message: "expected a JavaScript regular expression",
  abort: true,
})

/** One step of a script: an object with one key. */
export interface Step {
  print?: string | undefined
  garbage?: number | undefined
  wait?: number | undefined
  state?: string | undefined
  set?: Record<string, string> | undefined
  repeat?: { times: number; do: Array<Step> } | undefined
  reset?: true | undefined
  power_off?: true | undefined
  hang?: true | undefined
  disconnect?: true | undefined
}

const Repeat = z
  .strictObject({
    times: z.int().min(1).max(10_000_000).describe("how many times"),
    get do(): z.ZodType<Array<Step>, Array<Step>> {
      return Steps
    },
  })
  .describe("steps done several times; `{n}` counts from 1")

const done = z.literal(true).optional()

const StepSchema = z
  .strictObject({
    print: z
      .string()
      .optional()
      .describe("text to print as UTF-8; a bare LF is sent as CR LF, as a tty does"),
    garbage: z
      .int()
      .min(1)
      .max(1_000_000)
      .optional()
      .describe(
        "so many bytes that are no text, the same ones each time: a line floating at power-on",
      ),
    wait: z.number().min(0).max(86_400).optional().describe("seconds to wait"),
    state: z.string().optional().describe("the state to go to; the last step of its list"),
    set: z
      .record(z.string().regex(/^\w+$/, "expected a name of letters, digits and _"), z.string())
      .optional()
      .describe(
        "values to keep until the power is cycled, each for `{name}` in any text, prompts too",
      ),
    repeat: Repeat.optional(),
    reset: done.describe("the board takes its own power away and back, as a watchdog does"),
    power_off: done.describe("the board goes off until it is powered on again"),
    hang: done.describe("the board prints and hears nothing more until its power is cycled"),
    disconnect: done.describe("all connections to the console are cut; new ones are taken"),
  })
  .refine((step) => Object.values(step).filter((value) => value !== undefined).length === 1, {
    message:
      "expected one of print, garbage, wait, state, set, repeat, reset, power_off, hang, disconnect in each step",
  })

const Steps = z.array(StepSchema).superRefine((steps, context) => {
  for (const [index, step] of steps.slice(0, -1).entries()) {
    const leaving = leaves.find((key) => step[key] !== undefined)
    if (leaving === undefined) continue
    context.addIssue({
      code: "custom",
      path: [index + 1],
      message: `is never reached: the step before it is "${leaving}"`,
    })
  }
})

/** Steps after which nothing more of their list is done. */
const leaves = ["state", "reset", "power_off", "hang"] as const

const Rule = z.strictObject({
  match: regex.describe(
    "regular expression, searched in what was typed; the first rule that fits is used",
  ),
  do: Steps.describe("what the board does then; when it stays in its state, the prompt follows"),
})

const State = z
  .strictObject({
    enter: Steps.optional().describe("done when the state is entered, before its prompt"),
    prompt: z
      .string()
      .optional()
      .describe("printed when the board waits for a line; the prompt of its shell"),
    echo: z
      .boolean()
      .optional()
      .describe("what is typed is echoed, as a tty does; false for a password"),
    commands: z.array(Rule).optional().describe("answers to a complete line"),
    otherwise: Steps.optional().describe(
      "the answer to a line, not an empty one, that no command fits",
    ),
    keys: z
      .array(Rule)
      .optional()
      .describe(
        "answers to a single character, at once and without echo; they interrupt what is running",
      ),
    shell: z
      .literal(true)
      .optional()
      .describe(
        "a real POSIX shell on a real tty, in a root file system of its own over this machine's programs; its prompt is the state's",
      ),
    exit: Steps.optional().describe(
      "done when the shell ends; without it, or when these steps stay, a new shell starts",
    ),
  })
  .superRefine((state, context) => {
    const scripted = ["commands", "otherwise", "keys", "echo"] as const
    const unfit = state.shell ? scripted : (["exit"] as const)
    for (const key of unfit) {
      if (state[key] === undefined) continue
      const message = state.shell ? "has no meaning for a real shell" : 'needs "shell: true"'
      context.addIssue({ code: "custom", path: [key], message })
    }
  })

const moment = {
  seconds: z.number().positive().max(86_400).optional().describe("seconds since power came"),
  bytes: z.int().min(1).optional().describe("bytes printed since power came"),
}
const oneOf = (value: object) =>
  Object.values(value).filter((each) => each !== undefined).length === 1

const Fault = z
  .strictObject({
    at: z
      .strictObject({
        ...moment,
        output: regex
          .optional()
          .describe("regular expression in what the board prints, its echo included"),
      })
      .refine(oneOf, { message: "expected one of seconds, bytes, output" })
      .optional()
      .describe("when it happens, once in each power cycle"),
    every: z
      .strictObject(moment)
      .refine(oneOf, { message: "expected one of seconds, bytes" })
      .optional()
      .describe("how often it happens while the board has power"),
    times: z
      .int()
      .min(1)
      .optional()
      .describe("how often it happens at most, over all power cycles; unlimited without it"),
    do: Steps.describe(
      "what happens, beside what the board is doing, in the middle of a line if need be",
    ),
  })
  .refine(({ at, every }) => (at === undefined) !== (every === undefined), {
    message: 'expected either "at" or "every" in each fault',
  })

const Uart = z.strictObject({
  baud: z
    .number()
    .min(50)
    .max(100_000_000)
    .optional()
    .describe(
      "speed of the line, 10 bits a character, in both directions; without it as fast as possible",
    ),
  overrun: z
    .strictObject({
      rate: z.number().positive().describe("characters a second that the board can take"),
      fifo: z.int().min(1).default(16).describe("characters that its receiver holds"),
    })
    .optional()
    .describe("the board loses characters that come faster than it reads them"),
})

/**
 * The schema of a board's script: a small JSON or YAML file that says what a serial device prints and how it
 * answers. In a `print` or a `prompt`, `{line}` is the line that was typed, `{0}`, `{1}` and `{name}` are what
 * the rule's regular expression and its groups matched, `{n}` counts the turns of a `repeat`, and any other
 * name is what a `set` gave it; other braces stay.
 */
export const BoardScript = z
  .strictObject({
    $schema: z.string().optional().describe("for editors"),
    name: z.string().min(1).describe("what board this is, for the people who read the script"),
    power: z
      .boolean()
      .default(false)
      .describe("whether the board has power from the start (on or off in YAML)"),
    uart: Uart.default({}).describe(
      "the serial line; without it characters are neither slow nor lost",
    ),
    on_power: Steps.describe("done when power comes; without a state, what is typed is lost"),
    files: z
      .record(
        z.string().regex(/^(\/(?!\.{1,2}(\/|$))[^/]+)+$/, "expected an absolute path"),
        z.string(),
      )
      .default({})
      .describe(
        "files of the root file system of its shells: programs in /opt/board, which go before this machine's, and /etc/shinit, which a shell reads when it starts",
      ),
    states: z.record(z.string(), State).describe("what the board can be in, each by its name"),
    faults: z
      .array(Fault)
      .default([])
      .describe("what goes wrong, or just happens, beside the script"),
  })
  .superRefine((script, context) => {
    const known = Object.keys(script.states)
    for (const { path, state } of goals(script)) {
      if (known.includes(state)) continue
      const message = `there is no state "${state}"; the states are ${known.join(", ") || "none"}`
      context.addIssue({ code: "custom", path, message })
    }
  })
  .meta({ title: "Script of a lab-dispatch board" })

/** A script that was read and checked. */
export type BoardScript = z.output<typeof BoardScript>
/** A script as a person or a program writes it. */
export type BoardScriptInput = z.input<typeof BoardScript>
/** A pattern and what the board does when it fits. */
export type Rule = z.output<typeof Rule>
/** One state of a board. */
export type State = z.output<typeof State>
/** Something that happens beside the script. */
export type Fault = z.output<typeof Fault>

/** The JSON Schema (draft 2020-12) of a board's script, for editors. */
export const boardScriptJsonSchema = (): object => z.toJSONSchema(BoardScript, { io: "input" })

function isRegex(text: string): boolean {
  try {
    return new RegExp(text) instanceof RegExp
  } catch {
    return false
  }
}

type Goal = { readonly path: Array<PropertyKey>; readonly state: string }

/** Every `state` step of a script, with its path. */
function* goals(value: unknown, path: Array<PropertyKey> = []): Generator<Goal> {
  if (typeof value !== "object" || value === null) return
  for (const [key, inner] of Object.entries(value)) {
    const here = [...path, Array.isArray(value) ? Number(key) : key]
    if (key === "state" && typeof inner === "string") yield { path: here, state: inner }
    else yield* goals(inner, here)
  }
}
