import * as Effect from "effect/Effect"
import * as z from "zod"
import { firmwarePrompt } from "../../core/console/firmware-prompt.ts"
import { PatternText } from "../../core/console/pattern-text.ts"
import { fillInAll } from "../../core/lab/placeholders.ts"
import type { JobServices } from "../../core/lab/services.ts"
import { type Action, action, sequence } from "../../core/pipeline/action.ts"
import { ConfigurationError } from "../../core/pipeline/errors.ts"
import { findData } from "../../core/pipeline/job-data.ts"
import { deviceConsole, waitFor } from "../connection.ts"
import { PublishedBoot } from "./publish.ts"
import { type BootWatch, waitForSystem } from "./wait-for-system.ts"

/** What a device type says of its U-Boot. */
export const UBootParameters = z
  .strictObject({
    prompt: z.string().default("=> ").describe("U-Boot's prompt, as it is"),
    interrupt_prompt: PatternText.optional().describe(
      "What U-Boot prints when autoboot can be stopped; a regular expression",
    ),
    interrupt_keys: z
      .string()
      .min(1)
      .optional()
      .describe("The keys that stop autoboot; the space bar where nothing is said"),
    commands: z
      .record(z.string(), z.array(z.string()))
      .default({})
      .describe("Lists of commands by name; {KERNEL}, {SERVER_IP} and the like are filled in"),
  })
  .superRefine(({ interrupt_prompt, interrupt_keys }, context) => {
    if (interrupt_keys === undefined || interrupt_prompt !== undefined) return
    const message = "are pressed when the interrupt_prompt comes, but there is none"
    context.addIssue({ code: "custom", path: ["interrupt_keys"], message })
  })

/** See the schema of the same name. */
export type UBootParameters = z.output<typeof UBootParameters>

/**
 * The commands that a boot block asks for: a list of the device type's by its name, or the job's own.
 * Throws ConfigurationError where there is no list of that name.
 */
export const commandList = (
  { commands: lists }: UBootParameters,
  commands: string | ReadonlyArray<string>,
): ReadonlyArray<string> => {
  if (typeof commands !== "string") return commands
  const list = lists[commands]
  if (list) return list
  throw new ConfigurationError({
    message: `the device type has no list of U-Boot commands "${commands}"; it has ${Object.keys(lists).join(", ") || "none"}`,
  })
}

/**
 * Stops autoboot and types commands to U-Boot; the last one is expected to boot and not to come back.
 *
 * @param final what U-Boot prints after the last command, a regular expression, where that is to be awaited
 */
export const uBootCommands = (
  uBoot: UBootParameters,
  commands: ReadonlyArray<string>,
  { errorMessages }: BootWatch,
  final?: string,
): Action<JobServices> =>
  sequence("u-boot-commands", "stop autoboot and type commands to U-Boot", [
    action({
      name: "bootloader-interrupt",
      description: `stop U-Boot's autoboot`,
      timeoutSeconds: 60,
      run: Effect.gen(function* () {
        const console = yield* deviceConsole
        const prompt = { name: "prompt", pattern: uBoot.prompt }
        if (uBoot.interrupt_prompt !== undefined) {
          const banner = { name: "banner", pattern: new RegExp(uBoot.interrupt_prompt) }
          const match = yield* waitFor("U-Boot", [banner, prompt], { allowReset: true })
          if (match.name === "prompt") return
          yield* console.send(uBoot.interrupt_keys ?? " ")
        }
        yield* waitFor(`U-Boot's prompt "${uBoot.prompt}"`, [prompt], { allowReset: true })
      }),
    }),
    action({
      name: "bootloader-commands",
      description: `type ${commands.length} commands to U-Boot`,
      details: commands,
      timeoutSeconds: 120,
      run: Effect.gen(function* () {
        const console = yield* deviceConsole
        const lines = fillInAll(commands, (yield* findData(PublishedBoot)) ?? {})
        const prompt = firmwarePrompt(console, uBoot.prompt)
        for (const line of lines.slice(0, -1)) yield* prompt.command(line)
        const last = lines.at(-1)
        if (last === undefined) return
        yield* console.sendLine(last)
        if (final === undefined) return
        const finalMessage = { name: "final-message", pattern: new RegExp(final) }
        const watch = { errorMessages, kernelStart: undefined }
        yield* waitForSystem(`U-Boot's last message "${final}"`, [finalMessage], watch)
      }),
    }),
  ])
