import * as z from "zod"
import { isPattern, PatternText } from "../../../console/pattern-text.ts"
import { refused } from "../../refused.ts"
import { rule } from "../../rule.ts"

const text = z.string().min(1)

const autoLogin = z
  .strictObject({
    login_prompt: PatternText.describe('What the device prints when it asks for a user: "login:"'),
    username: z.string().describe("The user to log in as"),
    password_prompt: PatternText.optional().describe(
      'What it prints when it asks for the password: "Password:"',
    ),
    password: z.string().optional().describe("The password; never written to the log"),
    login_commands: z
      .array(text)
      .optional()
      .describe(
        "Commands to run once logged in, such as sudo su; the prompt is awaited after each",
      ),
  })
  .check(
    rule(({ value }, report) => {
      if (value["password"] !== undefined && value["password_prompt"] === undefined) {
        report([], "has a password but no password_prompt: when should it be typed?")
      }
      if (value["password_prompt"] !== undefined && value["password"] === undefined) {
        report([], "has a password_prompt but no password to answer it")
      }
    }),
  )

const transferOverlay = z.strictObject({
  download_command: text.describe("Fetches a URL, which is appended to it"),
  unpack_command: text.describe("Unpacks the file that was fetched, whose name is appended to it"),
  transfer_method: z.literal("http").optional().describe("How the device gets it"),
})

/** The messages of the console that a boot may give, where they differ from the device type's. */
export const messageKeys = {
  "bootloader-final-message": refused(
    "only `method: u-boot` and `method: grub` type to a boot loader and wait for what it prints last",
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

/** The keys that every boot method may have. */
export const bootKeys = {
  prompts: z
    .union([PatternText.transform((prompt) => [prompt]), z.array(PatternText).min(1)])
    .optional()
    .describe(
      "The shell's prompts, regular expressions: any of them says that the device has booted",
    ),
  auto_login: autoLogin.optional().describe("How to log in, where the system asks for a user"),
  transfer_overlay: transferOverlay
    .optional()
    .describe("How the booted system gets the tests, where they cannot be put there before"),
  soft_reboot: z
    .union([text.transform((command) => [command]), z.array(text).min(1)])
    .optional()
    .describe("Commands that reboot the running system, where the device has no power control"),
  ignore_kernel_messages: z
    .boolean()
    .optional()
    .describe(
      "Go on when the kernel panics while it boots, and do not report what it complains of (the result kernel-messages)",
    ),
  failure_message: PatternText.optional().describe(
    "A text of the console that says that the boot has failed, a regular expression",
  ),
  parameters: z
    .strictObject(messageKeys)
    .optional()
    .describe("Messages of the console, where they differ from the device type's"),
  use_bootscript: refused(
    "boot scripts cannot be made: `method: pxe` boots what the last deploy published",
  ),
  docker: refused("boots run no containers: leave `docker` away"),
}

/** Nobody would see that the login was done without a prompt to wait for. */
export const promptsForLogin = rule(({ value }, report) => {
  if (value["auto_login"] !== undefined && value["prompts"] === undefined) {
    report([], "has auto_login but no prompts: what does the shell print after the login?")
  }
})
