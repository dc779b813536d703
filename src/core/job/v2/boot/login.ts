import * as z from "zod"
import { isPattern, PatternText } from "../../../console/pattern-text.ts"
import { openMapping } from "../../../source/open-mapping.ts"
import { slip, unsupported, warning } from "../../../source/severity.ts"
import { narrowerThan, notHere } from "../../../source/support.ts"
import { refused } from "../../refused.ts"
import { rule } from "../../rule.ts"

const text = z.string().min(1, slip())

const autoLogin = openMapping({
  login_prompt: PatternText.describe('What the device prints when it asks for a user: "login:"'),
  username: z.string().describe("The user to log in as"),
  password_prompt: PatternText.optional().describe(
    'What it prints when it asks for the password: "Password:"',
  ),
  password: z.string().optional().describe("The password; never written to the log"),
  login_commands: z
    .array(text)
    .optional()
    .describe("Commands to run once logged in, such as sudo su; the prompt is awaited after each"),
  ignore_kernel_messages: z
    .boolean()
    .optional()
    .describe("The same as the boot's key of this name"),
})
  .check(
    rule(({ value }, report) => {
      if (value["password"] !== undefined && value["password_prompt"] === undefined) {
        report([], slip("has a password but no password_prompt: when should it be typed?"))
      }
      if (value["password_prompt"] !== undefined && value["password"] === undefined) {
        report([], slip("has a password_prompt but no password to answer it"))
      }
    }),
  )
  .meta({ id: "auto-login", description: "How to log in" })

const transferOverlay = openMapping({
  download_command: text.describe("Fetches a URL, which is appended to it"),
  unpack_command: text.describe("Unpacks the file that was fetched, whose name is appended to it"),
  transfer_method: z
    .literal("http", { error: narrowerThan(z.string()) })
    .optional()
    .describe("How the device gets it"),
}).meta({ id: "transfer-overlay", description: "How the booted system gets the tests" })

/** The messages of the console that a boot may give, where they differ from the device type's. */
export const messageKeys = {
  "bootloader-final-message": refused(
    warning("only methods that type commands to a boot loader wait for what it prints last"),
  ),
  "kernel-start-message": z
    .string()
    .superRefine(isPattern)
    .optional()
    .describe("What the kernel prints first; an empty text: do not wait for the kernel to start"),
  "shutdown-message": PatternText.optional().describe(
    "What the system prints when soft_reboot has shut it down",
  ),
}

/** What tells that a boot has come to a shell, and how to log in. */
const shellKeys = {
  prompts: z
    .union([PatternText.transform((prompt) => [prompt]), z.array(PatternText)])
    .refine((prompts) => prompts.length > 0, slip("expected a list that is not empty"))
    .optional()
    .describe(
      "The shell's prompts, regular expressions: any of them says that the device has booted",
    ),
  auto_login: autoLogin.optional().describe("How to log in, where the system asks for a user"),
}

/** The keys that every boot method may have. */
export const bootKeys = {
  ...shellKeys,
  transfer_overlay: transferOverlay
    .optional()
    .describe("How the booted system gets the tests, where they cannot be put there before"),
  soft_reboot: z
    .union([text.transform((command) => [command]), z.array(text)])
    .refine((commands) => commands.length > 0, slip("expected a list that is not empty"))
    .optional()
    .describe("Commands that reboot the running system, where the device has no power control"),
  ignore_kernel_messages: z
    .boolean({ error: narrowerThan(z.unknown()) })
    .optional()
    .describe(
      "Go on when the kernel panics while it boots, and do not report what it complains of (the result kernel-messages)",
    ),
  failure_message: PatternText.optional().describe(
    "A text of the console that says that the boot has failed, a regular expression",
  ),
  parameters: openMapping(messageKeys)
    .optional()
    .describe("Messages of the console, where they differ from the device type's"),
}

/** Keys of LAVA's boot methods that cannot be had here. */
export const unavailableBootKeys = {
  use_bootscript: notHere(
    z.boolean(),
    "boot scripts cannot be made: `method: pxe` boots what the last deploy published",
    Boolean,
  ).describe("Boot by a script that is made of the commands"),
}

/** The commands that a boot loader is told. */
export const bootCommands = z
  .union([z.string(), z.array(z.string())])
  .refine((commands) => commands.length > 0, slip("expected commands"))
  .describe("The commands to type, or the name of a list of commands of the device type")

/** Nobody would see that the login was done without a prompt to wait for. */
export const promptsForLogin = rule(({ value }, report) => {
  if (value["auto_login"] !== undefined && value["prompts"] === undefined) {
    report(
      [],
      unsupported("has auto_login but no prompts: what does the shell print after the login?"),
    )
  }
})
