import { readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { makeProgram } from "../../src/cli/program.ts"
import { cli, dispatch, start } from "./command.ts"

const commands = makeProgram().commands.filter((each) => each.name() !== "complete-devices")

it("says which Node it needs where that is too old", async () => {
  const older = 'Object.defineProperty(process.versions, "node", { value: "20.19.0" })'
  const args = ["--import", `data:text/javascript,${older}`, cli, "--version"]
  const { child, ended } = start(process.execPath, args)
  child.stdin?.end()
  const { code, stderr } = await ended
  expect(code).toBe(2)
  expect(stderr).toMatch(/^error: dispatch needs Node 22\.19 or newer; this is v/)
})

describe("dispatch --help", () => {
  it("lists the commands, with examples and exit codes", async () => {
    const { code, stdout, stderr } = await dispatch(["--help"])
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" })
    for (const each of commands) expect(stdout).toContain(`  ${each.name()} <`)
    expect(stdout).toContain("Examples:\n  dispatch job.json")
    expect(stdout).toContain("130  canceled")
    expect(stdout).not.toContain("complete-devices")
  })

  it("is what who says nothing gets, as a mistake", async () => {
    const { code, stdout, stderr } = await dispatch([])
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" })
    expect(stderr).toContain("Usage: dispatch [run] <job> [options]")
  })

  it.each(commands.map((each) => [each.name()]))("shows examples for %s", (name) => {
    let help = ""
    const command = makeProgram().commands.find((each) => each.name() === name)
    command?.configureOutput({ writeOut: (text) => (help += text) }).outputHelp()
    expect(help).toMatch(
      /dispatch (completion|console|convert|device-type|packages|plan|plugin|power|schema|spool|test|validate|board|job\.json)/,
    )
    // A terminal of 80 columns shows it without breaking the examples.
    const examples = help.split("Examples:\n")[1] ?? ""
    expect(examples.split("\n").filter((line) => line.length > 95)).toEqual([])
  })
})

describe("dispatch", () => {
  it("knows its version", async () => {
    const file = new URL("../../package.json", import.meta.url)
    const { version } = JSON.parse(readFileSync(file, "utf8")) as { readonly version: string }
    expect(await dispatch(["--version"])).toEqual({ code: 0, stdout: `${version}\n`, stderr: "" })
  })

  it.each([
    [["validat", "job.json"], "unknown command 'validat'\n(Did you mean validate?)"],
    [["runn"], "unknown command 'runn'\n(Did you mean run?)"],
    [["--lab", "x", "power", "on"], "options stand behind the command: dispatch power"],
    [["job.json", "--labb", "x"], "unknown option '--labb'\n(Did you mean --lab?)"],
    [["plan", "job.json", "--formt", "json"], "(Did you mean --format?)"],
    [["a.json", "b.json"], "expected one job, found 'a.json', 'b.json'"],
    [["run"], "missing required argument 'job'"],
    [["plan"], "missing required argument 'job'"],
    [["job.json", "--format", "xml"], "Allowed choices are pretty, lava, json"],
    [["power", "up", "board-01"], "Allowed choices are on, off, reset"],
    [["board", "x.yaml", "--tcp", "many"], "Expected a port, from 0 to 65535"],
  ])("refuses %j", async (args, message) => {
    const { code, stdout, stderr } = await dispatch(args)
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" })
    expect(stderr).toContain(message)
    expect(stderr).not.toContain("    at ")
  })
})
