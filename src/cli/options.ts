import { InvalidArgumentError, Option } from "commander"

/** The options of a subcommand that works on a lab. */
export interface LabOptions {
  readonly lab?: string
}

/** Which lab file: see `findLab`. */
export const labOption = (
  what = "lab file (default: $LAB_DISPATCH_LAB, else lab.json or lab.yaml here)",
): Option => new Option("-l, --lab <file>", what)

/** Which device of the lab. */
export const deviceOption = (
  what = "run on this device, whatever the job says: its name, or a device dictionary of LAVA's (device.yaml), which needs no lab file",
): Option => new Option("-d, --device <device>", what)

/** How a subcommand prints what it has found. */
export const formatOption = (what = "for people, or JSON for programs"): Option =>
  new Option("-f, --format <format>", what).choices(["text", "json"]).default("text")

/** How a subcommand that runs a job tells what happens. */
export const reportFormatOption = (): Option =>
  new Option("-f, --format <format>", "print for people, as LAVA's log, or an event a line as JSON")
    .choices(["pretty", "lava", "json"])
    .default("pretty")

/** The end of a help text: examples, aligned, each with what it does. */
export const examples = (
  lines: ReadonlyArray<readonly [command: string, what: string]>,
): string => {
  const width = Math.max(...lines.map(([command]) => command.length))
  const shown = lines.map(([command, what]) =>
    what === "" ? `  ${command}` : `  ${command.padEnd(width)}   # ${what}`,
  )
  return `\nExamples:\n${shown.join("\n")}`
}

/** A subcommand's action from work that answers the exit code. */
export const exitWith =
  <Args extends ReadonlyArray<unknown>>(work: (...args: Args) => Promise<number>) =>
  async (...args: Args): Promise<void> => {
    process.exitCode = await work(...args)
  }

/** The value of an option that is a port. */
export const port = (text: string): number => {
  const number = Number(text)
  if (/^\d+$/.test(text) && number <= 65535) return number
  throw new InvalidArgumentError("Expected a port, from 0 to 65535.")
}
