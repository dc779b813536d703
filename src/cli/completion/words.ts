import type { Argument, Command, Option } from "commander"

/** What can stand at a place of the command line. */
export type Values =
  | { readonly type: "words"; readonly words: ReadonlyArray<string> }
  | { readonly type: "files" | "directories" | "devices" | "unknown" }

/** An option as it is completed. */
export interface OptionWords {
  /** "-l" */
  readonly short: string | undefined
  /** "--lab" */
  readonly long: string
  readonly description: string
  /** Undefined where it takes no value. */
  readonly value: Values | undefined
}

/** A subcommand as it is completed. */
export interface CommandWords {
  readonly name: string
  readonly summary: string
  readonly options: ReadonlyArray<OptionWords>
  /** What each argument can be; the last one stands for all further ones where there may be more. */
  readonly operands: ReadonlyArray<Values>
  readonly more: boolean
}

/** A command with subcommands, one of which need not be named. */
export interface ProgramWords {
  readonly name: string
  readonly options: ReadonlyArray<OptionWords>
  readonly commands: ReadonlyArray<CommandWords>
  /** The subcommand that is meant where none is named. */
  readonly usual: CommandWords
}

/** An option as it is typed: "-l", "--lab". */
export const flags = ({ short, long }: OptionWords): ReadonlyArray<string> =>
  short === undefined ? [long] : [short, long]

/** The options of a command and those of the whole program, of which its own go before. */
export const allOptions = (
  { options }: CommandWords,
  common: ReadonlyArray<OptionWords>,
): ReadonlyArray<OptionWords> => [
  ...options,
  ...common.filter(({ long }) => options.every((each) => each.long !== long)),
]

/** What can be completed, read from the command's own tree. */
export const programWords = (program: Command): ProgramWords => {
  const help = program.createHelp()
  const options = help.visibleOptions(program).flatMap(optionWords)
  const commands = help.visibleCommands(program).map((command): CommandWords => {
    const { registeredArguments } = command
    return {
      name: command.name(),
      summary: command.summary(),
      options: help.visibleOptions(command).flatMap(optionWords),
      operands: registeredArguments.map((argument) => values(argument, argument.name())),
      more: registeredArguments.at(-1)?.variadic === true,
    }
  })
  const usual = commands.find(({ name }) => name === "run")
  if (!usual) throw new Error("there is no command run")
  return { name: program.name(), options, commands, usual }
}

const optionWords = (option: Option): ReadonlyArray<OptionWords> => {
  const { short, long, description, flags, required } = option
  if (long === undefined) return []
  const placeholder = /<(\w+)>/.exec(flags)?.[1] ?? ""
  return [{ short, long, description, value: required ? values(option, placeholder) : undefined }]
}

/** The names that stand for values in the help say what they are. */
const types: Readonly<Record<string, Exclude<Values["type"], "words">>> = {
  dir: "directories",
  device: "devices",
  file: "files",
  job: "files",
  path: "files",
  script: "files",
}

const values = ({ argChoices }: Argument | Option, placeholder: string): Values =>
  argChoices ? { type: "words", words: argChoices } : { type: types[placeholder] ?? "unknown" }
