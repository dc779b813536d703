import * as Effect from "effect/Effect"
import * as z from "zod"
import { firmwarePrompt } from "../../core/console/firmware-prompt.ts"
import { PatternText } from "../../core/console/pattern-text.ts"
import type { Blocks } from "../../core/job/v2/job.ts"
import type { Device } from "../../core/lab/device.ts"
import { fillIn, fillInAll } from "../../core/lab/placeholders.ts"
import type { JobServices } from "../../core/lab/services.ts"
import { type Action, action, sequence } from "../../core/pipeline/action.ts"
import { ConfigurationError } from "../../core/pipeline/errors.ts"
import { log } from "../../core/pipeline/events.ts"
import { findData } from "../../core/pipeline/job-data.ts"
import { connectDevice, deviceConsole, waitFor } from "../connection.ts"
import { resetDevice } from "../power/reset-device.ts"
import { autoLogin } from "./auto-login.ts"
import { PublishedBoot } from "./publish.ts"
import { type BootWatch, refuseBootError, waitForSystem } from "./wait-for-system.ts"

const loaderSettings = (name: string, prompt: string) =>
  z
    .strictObject({
      prompt: z.string().default(prompt).describe(`${name}'s prompt, as it is`),
      interrupt_prompt: PatternText.optional().describe(
        `What ${name} prints when it can be stopped from booting by itself; a regular expression`,
      ),
      interrupt_keys: z
        .string()
        .min(1)
        .optional()
        .describe("The keys that stop it; the space bar where nothing is said"),
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
    .optional()
    .describe(`How ${name} is talked to, where commands are typed`)

/** What a device type says of its boot loaders: keys for the zod object of a plugin's `parameters`. */
export const BootLoaderParameters = {
  u_boot: loaderSettings("U-Boot", "=> "),
  grub: loaderSettings("GRUB", "grub> "),
}

/** See the keys of the same name. */
export type BootLoaderParameters = z.output<z.ZodObject<typeof BootLoaderParameters>>

/** How a boot loader is talked to. */
export interface LoaderSettings {
  /** Its prompt: as it is, or a regular expression. */
  readonly prompt: string | RegExp
  /** What it prints when it can be stopped from booting by itself, a regular expression. */
  readonly interrupt_prompt?: string | undefined
  /** The keys that stop it. */
  readonly interrupt_keys?: string | undefined
  /** Lists of commands by name. */
  readonly commands: Readonly<Record<string, ReadonlyArray<string>>>
}

/** The boot loaders of a device. */
export type BootLoaders = {
  readonly [Key in keyof BootLoaderParameters]?: LoaderSettings | undefined
}

/** A boot loader that takes commands, by LAVA's name of its boot method. */
const known = {
  "u-boot": { key: "u_boot", name: "U-Boot", action: "uboot-action", eraseLine: "\x03" },
  // Ctrl-C would leave GRUB's prompt for its menu.
  grub: { key: "grub", name: "GRUB", action: "grub-main-action", eraseLine: "\x15" },
} as const

/** A boot loader of a device, and how it is talked to. */
export type BootLoader = (typeof known)[keyof typeof known] & LoaderSettings

/** The boot loader of a device that a boot method needs. Throws ConfigurationError where its type does not describe it. */
export const bootLoaderOf = (
  method: keyof typeof known,
  { name, parameters }: Device<BootLoaders>,
): BootLoader => {
  const loader = known[method]
  const settings = parameters[loader.key]
  if (settings) return { ...loader, ...settings }
  throw new ConfigurationError({
    message: `${name} has no ${loader.name} to talk to: its device type sets no "${loader.key}"`,
  })
}

/** A boot block that says what to type to a boot loader. */
export type BootByCommands = Extract<Blocks["boot"], { method: keyof typeof known }>

/**
 * Boots by typing to a boot loader, and logs in: LAVA's boot methods `u-boot` and `grub`.
 *
 * @param before what makes ready what the commands name, before the device is touched
 */
export const bootByCommands = (
  boot: BootByCommands,
  device: Device<BootLoaders>,
  watch: BootWatch,
  before: ReadonlyArray<Action<JobServices>> = [],
): Action<JobServices> => {
  const loader = bootLoaderOf(boot.method, device)
  return sequence(loader.action, `boot by typing to ${loader.name}`, [
    ...before,
    connectDevice(),
    resetDevice(device, boot),
    bootLoaderCommands(
      loader,
      commandsToType(boot, device),
      watch,
      boot.parameters?.["bootloader-final-message"],
    ),
    autoLogin(boot, watch),
  ])
}

/**
 * The commands that a boot block asks for: a list of the device type's by its name, or the job's own.
 * Throws ConfigurationError where there is no list of that name.
 */
export const commandsToType = (
  { method, commands }: Pick<BootByCommands, "method" | "commands">,
  device: Device<BootLoaders>,
): ReadonlyArray<string> => {
  if (typeof commands !== "string") return commands
  const { name, commands: lists } = bootLoaderOf(method, device)
  const list = lists[commands]
  if (list) return list
  throw new ConfigurationError({
    message: `the device type has no list of ${name} commands "${commands}"; it has ${Object.keys(lists).join(", ") || "none"}`,
  })
}

/** Stops a boot loader from booting by itself. */
export const interruptBootLoader = (
  loader: BootLoader,
  prompt: string | RegExp = loader.prompt,
): Action<JobServices> =>
  action({
    name: "bootloader-interrupt",
    description: `stop ${loader.name} before it boots by itself`,
    timeoutSeconds: 60,
    run: Effect.gen(function* () {
      const console = yield* deviceConsole
      const atPrompt = { name: "prompt", pattern: prompt }
      if (loader.interrupt_prompt !== undefined) {
        const banner = { name: "banner", pattern: new RegExp(loader.interrupt_prompt) }
        const match = yield* waitFor(loader.name, [banner, atPrompt], { allowReset: true })
        if (match.name === "prompt") return
        yield* console.send(loader.interrupt_keys ?? " ")
      }
      const shown = typeof prompt === "string" ? prompt : prompt.source
      yield* waitFor(`${loader.name}'s prompt "${shown}"`, [atPrompt], { allowReset: true })
    }),
  })

/**
 * Stops a boot loader from booting by itself and types commands to it; the last one is expected to boot and not to
 * come back.
 *
 * @param final what it prints after the last command, a regular expression, where that is to be awaited
 */
export const bootLoaderCommands = (
  loader: BootLoader,
  commands: ReadonlyArray<string>,
  { errorMessages }: BootWatch,
  final?: string,
): Action<JobServices> =>
  sequence(
    `${loader.key.replace("_", "-")}-commands`,
    `stop ${loader.name} and type commands to it`,
    [
      interruptBootLoader(loader),
      action({
        name: "bootloader-commands",
        description: `type ${commands.length} commands to ${loader.name}`,
        details: commands,
        timeoutSeconds: 120,
        run: Effect.gen(function* () {
          const console = yield* deviceConsole
          const lines = yield* filledIn(commands)
          const prompt = firmwarePrompt(console, loader.prompt, { eraseLine: loader.eraseLine })
          for (const line of lines.slice(0, -1)) {
            yield* refuseBootError(line, yield* prompt.command(line), { errorMessages })
          }
          const last = lines.at(-1)
          if (last === undefined) return
          yield* prompt.start(last)
          if (final === undefined) return
          const finalMessage = { name: "final-message", pattern: new RegExp(final) }
          const watch = { errorMessages, kernelStart: undefined }
          yield* waitForSystem(`${loader.name}'s last message "${final}"`, [finalMessage], watch)
        }),
      }),
    ],
  )

/** The commands with what was published last filled in, without those that name what the job does not have. */
export const filledIn = (
  commands: ReadonlyArray<string>,
): Effect.Effect<ReadonlyArray<string>, never, JobServices> =>
  Effect.gen(function* () {
    const values = (yield* findData(PublishedBoot)) ?? {}
    for (const line of commands.filter((each) => fillIn(each, values) === undefined)) {
      yield* log("info", `left out, since the job has no such thing: ${line}`)
    }
    return fillInAll(commands, values)
  })
