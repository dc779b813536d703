import * as z from "zod"
import { PatternText } from "../console/pattern-text.ts"
import { DurationsByName } from "../job/duration.ts"

/** LAVA's templates leave `key:` behind where they have nothing to say. */
const given = <T extends z.ZodType>(schema: T) =>
  z.preprocess((value) => (value === null || value === "" ? undefined : value), schema.optional())

const text = z.union([z.string(), z.number().transform(String)], { error: "expected a text" })

/** A text or a list of them, as a list. */
const texts = z.preprocess(
  (value) => [value].flat().filter((each) => each !== null && each !== undefined && each !== ""),
  z.array(text, { error: "expected a text or a list of texts" }),
)

/** LAVA runs them without a shell, one after the other. */
const HostCommands = texts

const UserCommand = z.looseObject({ do: HostCommands, undo: HostCommands.optional() })

const ConnectionCommand = z.looseObject({ connect: given(z.string()), tags: texts })

/** How the device is reached: its consoles, its power, and what jobs may run by name. */
const Commands = z.looseObject({
  connect: given(z.string()),
  connections: given(z.record(z.string(), ConnectionCommand)),
  hard_reset: HostCommands,
  power_on: HostCommands,
  power_off: HostCommands,
  pre_power_command: HostCommands,
  pre_os_command: HostCommands,
  recovery_mode: HostCommands,
  recovery_exit: HostCommands,
  soft_reboot: texts,
  users: given(z.record(z.string(), UserCommand)),
})

const pattern = given(PatternText)
const patterns = z.preprocess(
  (value) => [value].flat().filter((each) => each !== null && each !== undefined && each !== ""),
  z.array(PatternText),
)

/** What is known of a boot loader on all devices that have it. */
const LoaderConstants = z.looseObject({
  "interrupt-prompt": pattern,
  "interrupt-character": z.union([text, z.null()]).optional(),
  "interrupt-newline": given(z.boolean()),
  interrupt_ctrl_list: texts,
  "final-message": pattern,
  "error-messages": patterns,
})

/** See the schema of the same name. */
export type LoaderConstants = z.output<typeof LoaderConstants>

/** What a device's own boot loader differs in. */
const LoaderParameters = z.looseObject({
  bootloader_prompt: pattern,
  interrupt_prompt: pattern,
  interrupt_char: z.union([text, z.null()]).optional(),
  interrupt_ctrl_list: texts,
  needs_interrupt: given(z.boolean()),
  boot_message: pattern,
  lava_mac: given(z.string()),
})

/** A boot loader that takes commands; its other keys are lists of commands by name: `ramdisk: {commands: [...]}`. */
const LoaderMethod = z.looseObject({ parameters: given(LoaderParameters) })

/** See the schema of the same name. */
export type LoaderMethod = z.output<typeof LoaderMethod>

/** Hosts that are logged in to. */
const SshMethod = z.looseObject({
  host: given(z.string()),
  port: given(z.coerce.number().int().min(1).max(65535)),
  user: given(z.string()),
  identity_file: given(z.string()),
})

const Addresses = z.looseObject({ kernel: text, ramdisk: text, dtb: text })

/** The names of LAVA's methods, with what is said of each: nothing, a mapping, or a list. */
const Methods = <Known extends z.core.$ZodLooseShape>(known: Known) =>
  given(z.object(known).catchall(z.unknown()))

/** What a dictionary says of how its device is driven: the parameters of the plugin `lava-dictionary`. */
export const DictionaryParameters = {
  commands: given(Commands),
  constants: given(
    z
      .object({
        posix: given(z.looseObject({ lava_test_results_dir: given(z.string()) })),
        "u-boot": given(LoaderConstants),
        grub: given(LoaderConstants),
        "shutdown-message": pattern,
        "kernel-start-message": pattern,
      })
      .catchall(z.unknown()),
  ),
  parameters: given(
    z.looseObject({
      bootz: given(Addresses),
      booti: given(Addresses),
      bootm: given(Addresses),
      interfaces: given(
        z.looseObject({
          target: given(z.looseObject({ ip: given(z.string()), mac: given(z.string()) })),
        }),
      ),
    }),
  ),
  actions: given(
    z.looseObject({
      deploy: given(
        z.looseObject({
          parameters: given(
            z.looseObject({ add_header: given(z.string()), mkimage_arch: given(z.string()) }),
          ),
          methods: Methods({
            ssh: given(SshMethod),
            flasher: given(z.looseObject({ commands: HostCommands })),
          }),
        }),
      ),
      boot: given(
        z.looseObject({
          methods: Methods({ "u-boot": given(LoaderMethod), grub: given(LoaderMethod) }),
        }),
      ),
    }),
  ),
} as const

/** See the schemas of the same name. */
export type DictionaryParameters = z.output<z.ZodObject<typeof DictionaryParameters>>

const delay = given(z.number().min(0).max(1000))

/**
 * A device dictionary as LAVA renders it: what a scheduler gives to `lava-run --device`. Keys that mean nothing here are
 * passed over, as LAVA does.
 */
export const DeviceDictionary = z
  .looseObject({
    ...DictionaryParameters,
    hostname: given(z.string()),
    character_delays: given(z.looseObject({ deploy: delay, boot: delay, test: delay })),
    timeouts: given(
      z.looseObject({ actions: given(DurationsByName), connections: given(DurationsByName) }),
    ),
  })
  .refine(({ actions }) => actions, {
    error: `expected a device dictionary, which has "actions" with what its device can deploy and boot by`,
  })

/** See the schema of the same name. */
export type DeviceDictionary = z.output<typeof DeviceDictionary>
