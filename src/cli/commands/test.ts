import { Argument, type Command, InvalidArgumentError, Option } from "commander"
import { examples, exitWith, reportFormatOption } from "../options.ts"
import type { SshTarget, TestOptions } from "../test.ts"

/** `dispatch test run DEFINITION` */
export const addTest = (program: Command): void => {
  program
    .command("test")
    .summary("run a test definition here or by ssh, without a job")
    .description(
      "Runs one test definition on this machine or on a host by ssh, as a job would, with the files of the git repository that it is in, as they are now. Nothing is left behind but what its steps do: install steps change the machine.",
    )
    .addArgument(new Argument("<what>", "what to do").choices(["run"]))
    .argument("<definition>", "test definition, YAML, in LAVA's format")
    .option("--on <host>", "run on this host by ssh: [user@]host[:port]", sshTarget)
    .option(
      "--identity <file>",
      "private key to log in with (default: the agent's, those in ~/.ssh)",
    )
    .option("-p, --param <name=value>", "set a parameter; may be given several times", parameter)
    .option("--skip-install", "leave the definition's install section out")
    .option(
      "--repository <dir>",
      "the directory that is brought along (default: its git repository)",
    )
    .option("--os <name>", "install deps-<name> too (default on this machine: what it runs)")
    .addOption(
      new Option("--timeout <minutes>", "the longest that all may take")
        .argParser(minutes)
        .default(60),
    )
    .option(
      "-o, --output-dir <dir>",
      "write logs.yaml, results.yaml, results.json and junit.xml here",
    )
    .addOption(reportFormatOption())
    .addHelpText(
      "after",
      `${examples([
        ["dispatch test run smoke.yaml", "on this machine"],
        ["dispatch test run smoke.yaml -p LOOPS=1 --skip-install", ""],
        ["dispatch test run smoke.yaml --on root@board -o out", "on a board that runs"],
      ])}

Ctrl-C ends the processes of the test, removes its files and writes the results.`,
    )
    .action(
      exitWith(async (_: "run", definition: string, options: TestOptions) => {
        const { runTest } = await import("../test.ts")
        return runTest(definition, options)
      }),
    )
}

const sshTarget = (text: string): SshTarget => {
  const match = /^(?:([^@\s]+)@)?(\[[\da-fA-F:.]+\]|[^@:\s[\]]+)(?::(\d{1,5}))?$/.exec(text)
  if (!match) throw new InvalidArgumentError("Expected [user@]host[:port].")
  const [, user, host = "", port] = match
  return {
    host: host.replace(/^\[|\]$/g, ""),
    ...(user !== undefined && { user }),
    ...(port !== undefined && { port: Number(port) }),
  }
}

const parameter = (
  text: string,
  others: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> => {
  const [, name, value] = /^([A-Za-z_]\w*)=(.*)$/s.exec(text) ?? []
  if (name === undefined || value === undefined) {
    throw new InvalidArgumentError("Expected NAME=VALUE, with the name of a shell variable.")
  }
  return { ...others, [name]: value }
}

const minutes = (text: string): number => {
  const number = Number(text)
  if (number > 0 && number <= 10_000) return number
  throw new InvalidArgumentError("Expected a number of minutes.")
}
