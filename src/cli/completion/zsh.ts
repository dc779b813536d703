import { devicesCommand } from "../commands/completion.ts"
import {
  allOptions,
  type CommandWords,
  type OptionWords,
  type ProgramWords,
  type Values,
} from "./words.ts"

/** The completion script for zsh: to be sourced after compinit, or kept as `_dispatch` in a directory of $fpath. */
export const zshCompletion = ({ name, commands, options, usual }: ProgramWords): string =>
  `#compdef ${name}
# Completion of ${name} for zsh: source <(${name} completion zsh)

_${name}() {
  local program=$words[1]
  local -a commands=(
${commands.map((each) => `    ${quote(`${each.name}:${each.summary}`)}`).join("\n")}
  )
  if (( CURRENT == 2 )) && [[ $words[2] != -* ]]; then
    _describe -t commands command commands
    _files
    return
  fi
  case $words[2] in
${commands.map((each) => commandCase(each, options, name)).join("\n")}
    *) ${specs(usual, options, name)} ;;
  esac
}

_${name}_devices() {
  local -a devices=(\${(f)"$($program ${devicesCommand} -- $words 2>/dev/null)"})
  _describe -t devices device devices
}

if [[ $funcstack[1] == _${name} ]]; then
  _${name} "$@"
else
  compdef _${name} ${name}
fi
`

const commandCase = (
  command: CommandWords,
  common: ReadonlyArray<OptionWords>,
  program: string,
): string => `    ${command.name})
      shift words
      (( CURRENT-- ))
      ${specs(command, common, program)} ;;`

const specs = (
  command: CommandWords,
  common: ReadonlyArray<OptionWords>,
  program: string,
): string => {
  const { operands, more } = command
  const all = allOptions(command, common)
  const operandSpecs = operands.map((values, index) => {
    const place = more && index === operands.length - 1 ? "*" : index + 1
    return quote(`${place}: :${action(values, program)}`)
  })
  return ["_arguments", ...all.map((option) => optionSpec(option, program)), ...operandSpecs].join(
    " \\\n        ",
  )
}

const optionSpec = ({ short, long, description, value }: OptionWords, program: string): string => {
  const rest = `[${description.replace(/[[\]:]/g, "\\$&")}]${value ? `: :${action(value, program)}` : ""}`
  return short === undefined
    ? quote(long + rest)
    : `${quote(`(${short} ${long})`)}{${short},${long}}${quote(rest)}`
}

const action = (values: Values, program: string): string => {
  switch (values.type) {
    case "words":
      return `(${values.words.join(" ")})`
    case "files":
      return "_files"
    case "directories":
      return "_path_files -/"
    case "devices":
      return `_${program}_devices`
    case "unknown":
      return " "
  }
}

const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`
