import { devicesCommand } from "../commands/completion.ts"
import {
  type CommandWords,
  flags,
  type OptionWords,
  type ProgramWords,
  type Values,
} from "./words.ts"

/** The completion script for fish 3. */
export const fishCompletion = ({ name, commands, options, usual }: ProgramWords): string => {
  const all = [...options, ...commands.flatMap((each) => each.options)]
  const withValue = [...new Set(all.filter(({ value }) => value).flatMap(flags))]
  const names = commands.map((each) => each.name).join(" ")
  return `# Completion of ${name} for fish: ${name} completion fish | source

# Whether the word that is completed is the operand of this number, from 0, of a command.
function __${name}_at
    set -l command ""
    set -l operands 0
    set -l skip 0
    for word in (commandline -opc)[2..]
        if test $skip = 1
            set skip 0
        else if contains -- $word ${withValue.join(" ")}
            set skip 1
        else if not string match -q -- '-*' $word
            if test -n "$command"
                set operands (math $operands + 1)
            else if contains -- $word ${names}
                set command $word
            else
                set command ${usual.name}
                set operands 1
            end
        end
    end
    if test -z "$command"
        set command ${usual.name}
    end
    test $command = $argv[1]; and begin
        not set -q argv[2]; or test $operands = $argv[2]
        or begin
            test "$argv[3]" = more; and test $operands -gt $argv[2]
        end
    end
end

complete -c ${name} -f
${options.map((option) => optionLine(option, name, undefined)).join("\n")}
${commands
  .map(
    (each) =>
      `complete -c ${name} -n __fish_use_subcommand -a ${each.name} -d ${quote(each.summary)}`,
  )
  .join("\n")}
${commands.map((each) => commandLines(each, name)).join("\n")}
`
}

const commandLines = ({ name, options, operands, more }: CommandWords, program: string): string =>
  [
    ...options
      .filter(({ long }) => long !== "--help")
      .map((option) => optionLine(option, program, `__${program}_at ${name}`)),
    ...operands.flatMap((values, index) => {
      if (values.type === "unknown") return []
      const further = more && index === operands.length - 1 ? " more" : ""
      const when = quote(`__${program}_at ${name} ${index}${further}`)
      return [`complete -c ${program} -n ${when} ${action(values, program)}`]
    }),
  ].join("\n")

const optionLine = (
  { short, long, description, value }: OptionWords,
  program: string,
  condition: string | undefined,
): string =>
  [
    `complete -c ${program}`,
    ...(condition === undefined ? [] : [`-n ${quote(condition)}`]),
    ...(short === undefined ? [] : [`-s ${short.slice(1)}`]),
    `-l ${long.slice(2)}`,
    ...(value ? [value.type === "files" ? "-r -F" : `-x ${action(value, program)}`] : []),
    `-d ${quote(description)}`,
  ].join(" ")

const action = (values: Values, program: string): string => {
  switch (values.type) {
    case "words":
      return `-a ${quote(values.words.join(" "))}`
    case "files":
      return "-F"
    case "directories":
      return `-a '(__fish_complete_directories (commandline -ct))'`
    case "devices":
      return `-a ${quote(`(${program} ${devicesCommand} -- (commandline -opc) 2>/dev/null)`)}`
    case "unknown":
      return ""
  }
}

const quote = (text: string): string => `'${text.replace(/[\\']/g, "\\$&")}'`
