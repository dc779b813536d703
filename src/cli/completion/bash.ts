import { devicesCommand } from "../commands/completion.ts"
import {
  allOptions,
  type CommandWords,
  flags,
  type OptionWords,
  type ProgramWords,
  type Values,
} from "./words.ts"

/** The completion script for bash 4.4 and newer. */
export const bashCompletion = (program: ProgramWords): string => {
  const { name, commands, options, usual } = program
  const all = [...options, ...commands.flatMap((each) => each.options)]
  const withValue = [...new Set(all.filter(({ value }) => value).flatMap(flags))]
  const names = commands.map((each) => each.name)
  return `# Completion of ${name} for bash: source <(${name} completion bash)

_${name}() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD - 1]}
  local command= operands=0 skip= word
  COMPREPLY=()
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    if [[ $skip ]]; then skip=; continue; fi
    case $word in
      ${withValue.join("|")}) skip=1 ;;
      -*) ;;
      *)
        if [[ $command ]]; then ((++operands))
        else
          case $word in
            ${names.join("|")}) command=$word ;;
            *) command=${usual.name} operands=1 ;;
          esac
        fi ;;
    esac
  done

  case \${command:-${usual.name}} in
${commands.map((each) => commandCase(each, options, name)).join("\n")}
  esac
  if [[ ! $command && $current != -* ]]; then
    mapfile -t -O "\${#COMPREPLY[@]}" COMPREPLY < <(compgen -W ${quote(names.join(" "))} -- "$current")
  fi
}

_${name}_files() {
  compopt -o filenames 2>/dev/null
  mapfile -t COMPREPLY < <(compgen "$1" -- "\${COMP_WORDS[COMP_CWORD]}")
}

_${name}_words() {
  mapfile -t COMPREPLY < <(compgen -W "$1" -- "\${COMP_WORDS[COMP_CWORD]}")
}

_${name}_devices() {
  _${name}_words "$("\${COMP_WORDS[0]}" ${devicesCommand} -- "\${COMP_WORDS[@]:1}" 2>/dev/null)"
}

complete -F _${name} ${name}
`
}

const commandCase = (
  command: CommandWords,
  common: ReadonlyArray<OptionWords>,
  program: string,
): string => {
  const { name, operands, more } = command
  const all = allOptions(command, common)
  const valued = all.flatMap((option) =>
    option.value
      ? [`        ${flags(option).join("|")}) ${reply(option.value, program)}; return ;;`]
      : [],
  )
  const places = operands.map((values, index) => {
    const place = more && index === operands.length - 1 ? "*" : index
    return `        ${place}) ${reply(values, program)} ;;`
  })
  return `    ${name})
      case $previous in
${valued.join("\n")}
      esac
      if [[ $current == -* ]]; then _${program}_words ${quote(all.flatMap(flags).join(" "))}; return; fi
      case $operands in
${places.join("\n")}
      esac ;;`
}

const reply = (values: Values, program: string): string => {
  switch (values.type) {
    case "words":
      return `_${program}_words ${quote(values.words.join(" "))}`
    case "files":
      return `_${program}_files -f`
    case "directories":
      return `_${program}_files -d`
    case "devices":
      return `_${program}_devices`
    case "unknown":
      return ":"
  }
}

const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`
