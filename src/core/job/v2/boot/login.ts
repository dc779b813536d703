import * as z from "zod"
import { rule } from "../../rule.ts"

const text = z.string().min(1)

const autoLogin = z
  .strictObject({
    login_prompt: text.describe('What the device prints when it asks for a user: "login:"'),
    username: z.string().describe("The user to log in as"),
    password_prompt: text
      .optional()
      .describe('What it prints when it asks for the password: "Password:"'),
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

/** The keys that every boot method may have. */
export const bootKeys = {
  prompts: z
    .union([text.transform((prompt) => [prompt]), z.array(text).min(1)])
    .optional()
    .describe(
      "The shell's prompts, regular expressions: any of them says that the device has booted",
    ),
  auto_login: autoLogin.optional().describe("How to log in, where the system asks for a user"),
  transfer_overlay: z
    .strictObject({
      download_command: text.describe("Fetches a URL, which is appended to it"),
      unpack_command: text.describe(
        "Unpacks the file that was fetched, whose name is appended to it",
      ),
      transfer_method: z
        .enum(["http", "nfs", "zmodem"])
        .optional()
        .describe("How the device gets it; http where nothing is said"),
    })
    .optional()
    .describe(
      "Brings the tests to the device after the login, where they cannot be put there before",
    ),
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
  failure_message: text
    .optional()
    .describe("A text of the console that says that the boot has failed"),
  parameters: z
    .strictObject({
      "bootloader-final-message": text.optional().describe("What the boot loader prints last"),
      "kernel-start-message": text.optional().describe("What the kernel prints first"),
      "shutdown-message": text.optional().describe("What the system prints when it shuts down"),
    })
    .optional()
    .describe("Messages of the console to wait for, where they differ from the device type's"),
}

/** Nobody would see that the login was done without a prompt to wait for. */
export const promptsForLogin = rule(({ value }, report) => {
  if (value["auto_login"] !== undefined && value["prompts"] === undefined) {
    report([], "has auto_login but no prompts: what does the shell print after the login?")
  }
})
