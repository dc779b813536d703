import * as z from "zod"
import type { Mapping } from "../rule.ts"
import { type Command, command, type Step, text, times } from "./command.ts"
import { lostIn } from "./deploy-parameters.ts"
import type { Bootable } from "./translator.ts"

const parameters = {
  options: z.array(text).optional(),
  boot_cmds: z.array(z.string()).optional(),
  sim_options: z.array(text).optional(),
  test_image_prompt: text.optional(),
  interrupt_boot_prompt: text.optional(),
  interactive_boot_cmds: z.boolean().optional(),
  repeat: times.optional(),
  repeat_count: z.int().optional(),
}

type Parameters = z.output<z.ZodObject<typeof parameters>>

/** `boot_linaro_image`: boots what was deployed, by the device's commands or the job's. */
export const boot: Command = command(parameters, (given, step) => {
  lostIn(step, given, {
    sim_options: "is not kept: it was for fast models",
    interrupt_boot_prompt: "is not kept: the device type says how its boot loader is interrupted",
  })
  step.translator.boot(step, {
    prompt: given.test_image_prompt,
    keys: (system) => commandsOf(given, system, step),
    repeat: given.repeat,
  })
})

/** `commands` of the boot, where the job brings its own or names a list of the device's. */
const commandsOf = (
  { boot_cmds: lines, options }: Parameters,
  system: Bootable,
  step: Step,
): Mapping => {
  const {
    translator: { draft },
    at,
  } = step
  const takesCommands = "commands" in system.method
  let commands: unknown
  for (const [index, option] of (options ?? []).entries()) {
    const [key, value] = option.split(/=(.*)/s)
    if (key === "boot_cmds" && value && takesCommands) {
      draft.changed([...at("options"), index], "`commands` names this list of the device type")
      commands = value
    } else {
      draft.lost([...at("options"), index], "is not kept: it was an option of the device's")
    }
  }
  if (lines) {
    if (isDialogue(lines)) {
      draft.lost(
        at("boot_cmds"),
        "is not kept: it is a dialogue with a firmware's menu; the device type says what is picked there, or write `boot` with `method: bootloader` and a `test` that is `interactive`",
      )
    } else if (takesCommands && typeof system.method["method"] === "string") {
      const typed = draft.from(
        at("boot_cmds"),
        lines.filter((line) => line !== ""),
      )
      if (system.method.method === "uefi-menu") {
        draft.lost(at("boot_cmds"), "is not kept: a firmware's menu takes no commands")
      } else if (typed.length > 0) commands = typed
    } else {
      draft.lost(at("boot_cmds"), "is not kept: no boot loader is talked to")
    }
  }
  return commands === undefined ? {} : { commands }
}

/** Boot commands of firmware menus: what to wait for and what to send. */
const isDialogue = (lines: ReadonlyArray<string>): boolean =>
  lines.some((line) => /^(sendline|expect|sendcontrol)\b/.test(line))

/** `boot_master_image`: a deploy boots its master image by itself. */
export const bootMaster: Command = command({}, (_, { translator, path }) => {
  translator.draft.changed(
    path,
    "left out: `deploy` with `to: master` boots the master image itself",
  )
})
