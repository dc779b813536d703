import { Argument, type Command } from "commander"
import type { Shell } from "../completion/completion.ts"
import { exitWith } from "../options.ts"

/** `dispatch completion bash|zsh|fish`, and what its scripts call to know the devices. */
export const addCompletion = (program: Command): void => {
  program
    .command("completion")
    .summary("print the completions for a shell")
    .description("Prints a script that completes commands, options, files and devices in a shell.")
    .addArgument(new Argument("<shell>", "the shell").choices(["bash", "zsh", "fish"]))
    .addHelpText(
      "after",
      `
Put this into the shell's start file:
  source <(dispatch completion bash)   # ~/.bashrc
  source <(dispatch completion zsh)    # ~/.zshrc, after compinit
  dispatch completion fish | source    # ~/.config/fish/config.fish`,
    )
    .action(
      exitWith(async (shell: Shell) => {
        const { printCompletion } = await import("../completion/completion.ts")
        return printCompletion(shell, program)
      }),
    )
  program
    .command(devicesCommand, { hidden: true })
    .description("Prints the devices of the lab file that is named in words of a command line.")
    .argument("[word...]")
    .allowUnknownOption()
    .helpOption(false)
    .action(
      exitWith(async (words: ReadonlyArray<string>) => {
        const { printDevices } = await import("../completion/devices.ts")
        return printDevices(words)
      }),
    )
}

/** Only completion scripts use it. */
export const devicesCommand = "complete-devices"
