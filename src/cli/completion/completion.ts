import type { Command } from "commander"
import { bashCompletion } from "./bash.ts"
import { fishCompletion } from "./fish.ts"
import { programWords, type ProgramWords } from "./words.ts"
import { zshCompletion } from "./zsh.ts"

/** The shells that there are completions for. */
export type Shell = "bash" | "zsh" | "fish"

const scripts: Readonly<Record<Shell, (program: ProgramWords) => string>> = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
}

/** Prints the script that completes the command in a shell; answers the exit code. */
export const printCompletion = async (shell: Shell, program: Command): Promise<number> => {
  process.stdout.write(scripts[shell](programWords(program)))
  return 0
}
