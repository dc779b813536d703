import { spawnSync } from "node:child_process"
import { describe, expect, it } from "vitest"
import { cli, directoryWith } from "./command.ts"

const command = `dispatch() { '${process.execPath}' '${cli}' "$@"; }`

const directory = () =>
  directoryWith({
    "job.json": "{}",
    "jobs/other.json": "{}",
    "lab.json": { devices: { "board-01": {}, "board-02": {}, highbank: {} } },
    "other.yaml": "devices: {elsewhere: {}}\n",
  })

/** What each command line is completed to; the last word is the one at the cursor. */
const expected: ReadonlyArray<readonly [line: string, words: ReadonlyArray<string>]> = [
  ["dispatch pla", ["plan"]],
  ["dispatch po", ["power"]],
  ["dispatch packages ver", ["verify"]],
  ["dispatch packages upload job.json jo", ["job.json", "jobs"]],
  ["dispatch jo", ["job.json", "jobs"]],
  ["dispatch validate job.json jo", ["job.json", "jobs"]],
  ["dispatch power r", ["reset"]],
  ["dispatch power off b", ["board-01", "board-02"]],
  ["dispatch console h", ["highbank"]],
  ["dispatch console --lab other.yaml e", ["elsewhere"]],
  ["dispatch job.json --device b", ["board-01", "board-02"]],
  ["dispatch job.json --format l", ["lava"]],
  ["dispatch job.json --output-dir jo", ["jobs"]],
  ["dispatch plugin n", ["new"]],
  ["dispatch plugin new x --dir jo", ["jobs"]],
  ["dispatch schema d", ["device-type"]],
  ["dispatch run --dev", ["--device"]],
  ["dispatch --out", ["--output-dir"]],
  ["dispatch console --re", ["--record"]],
]

const run = (shell: string, args: ReadonlyArray<string>, cwd: string) => {
  const env = { ...process.env, LAB_DISPATCH_LAB: "" }
  const { stdout, stderr, status } = spawnSync(shell, args, { cwd, env, encoding: "utf8" })
  expect({ stderr, status }).toEqual({ stderr: "", status: 0 })
  return stdout
}

/** Splits what a shell printed: the line, then its completions, then an empty line. */
const parse = (output: string) =>
  output
    .split("\n\n")
    .filter((block) => block.trim() !== "")
    .map((block): readonly [string, ReadonlyArray<string>] => {
      const [line = "", ...words] = block.trim().split("\n")
      return [line, words.map((word) => word.replace(/\t.*$/, "").replace(/\/$/, "")).toSorted()]
    })

describe("dispatch completion", () => {
  it("completes in bash", () => {
    const lines = expected.map(
      ([line]) => `
        echo '${line}'; COMP_WORDS=(${line}); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))
        _dispatch; printf '%s\\n' "\${COMPREPLY[@]}"; echo`,
    )
    const script = `${command}\nsource <(dispatch completion bash)\n${lines.join("\n")}`
    expect(parse(run("bash", ["--norc", "-c", script], directory()))).toEqual(expected)
  })

  it("completes in fish", () => {
    const lines = expected.map(([line]) => `echo '${line}'; complete -C '${line}'; echo`)
    const script = `
      function dispatch; '${process.execPath}' '${cli}' $argv; end
      dispatch completion fish | source
      ${lines.join("\n")}`
    expect(parse(run("fish", ["--no-config", "-c", script], directory()))).toEqual(expected)
  })

  it("completes in zsh", () => {
    // An interactive zsh on a terminal of its own; Tab, then a key that shows the line as it now is.
    const setUp = [
      "PROMPT=",
      "autoload -Uz compinit && compinit -D -u",
      command,
      "source <(dispatch completion zsh)",
      String.raw`show() { print -r -- "<<$BUFFER>>"; BUFFER= }; zle -N show; bindkey "^T" show`,
      "print READY$((1))",
    ]
    const quote = (text: string) => `'${text.replaceAll("'", "'\\''")}'`
    const script = [
      "zmodload zsh/zpty; zpty z zsh -f -i",
      ...setUp.map((line) => `zpty -w z ${quote(line)}`),
      `zpty -r z seen '*READY1*'`,
      ...expected.map(
        ([line]) =>
          `zpty -w -n z ${quote(line)}$'\\t\\x14'; zpty -r z seen '*<<*>>*'; print -r -- $seen`,
      ),
      "zpty -d z",
    ]
    const output = run("zsh", ["-f", "-c", script.join("\n")], directory())
    const completed = [...output.matchAll(/<<(.*?)>>/g)].map(([, line = ""]) => line.trim())
    const lines = expected.map(([line, words]) => line.replace(/\S+$/, commonBeginning(words)))
    expect(completed.map((line) => line.replace(/\/$/, ""))).toEqual(lines)
  })
})

const commonBeginning = ([first = "", ...others]: ReadonlyArray<string>): string => {
  let length = first.length
  while (others.some((word) => !word.startsWith(first.slice(0, length)))) length--
  return first.slice(0, length)
}
