import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, it } from "vitest"
import { loadBoardScript, startBoard } from "../../src/board/board.ts"
import { boardScriptJsonSchema } from "../../src/board/script.ts"
import { ConfigurationError } from "../../src/core/pipeline/errors.ts"
import { readyMade } from "./boards.ts"

const problemsOf = async (text: string): Promise<ReadonlyArray<string>> => {
  const directory = await mkdtemp(join(tmpdir(), "board-script-"))
  const file = join(directory, "board.yaml")
  try {
    await writeFile(file, text)
    await loadBoardScript(file)
    return []
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigurationError)
    return (error as Error).message.replaceAll(file, "board.yaml").split("\n")
  } finally {
    await rm(directory, { recursive: true })
  }
}

it("accepts the ready-made scripts", async () => {
  const files = await readdir(new URL("scripts/", import.meta.url))
  expect(files.length).toBeGreaterThanOrEqual(5)
  for (const file of files) {
    const script = await loadBoardScript(readyMade(file.replace(".yaml", "")))
    expect(script.power).toBe(false)
  }
})

it("names every mistake with its place", async () => {
  const text = `name: x
on_power:
  - prnt: a
  - wait: 1
    print: both
states:
  a:
    promt: "x"
    commands: [{ match: "(", do: [] }]
`
  expect(await problemsOf(text)).toEqual([
    'board.yaml:3:5 on_power[0].prnt: unknown key (did you mean "print"?)',
    expect.stringMatching(/^board.yaml:3:5 on_power\[0\]: expected one of print, /),
    expect.stringMatching(/^board.yaml:4:5 on_power\[1\]: expected one of print, /),
    'board.yaml:8:5 states.a.promt: unknown key (did you mean "prompt"?)',
    'board.yaml:9:25 states.a.commands[0].match: expected a JavaScript regular expression, found "("',
  ])
})

it("refuses states that are not there, and steps that are never reached", async () => {
  const text = `name: x
on_power: [{ state: nowhere }]
states:
  a: { commands: [{ match: x, do: [{ repeat: { times: 2, do: [{ state: b }] } }] }] }
`
  expect(await problemsOf(text)).toEqual([
    'board.yaml:2:21 on_power[0].state: there is no state "nowhere"; the states are a',
    'board.yaml:4:72 states.a.commands[0].do[0].repeat.do[0].state: there is no state "b"; the states are a',
  ])
  expect(await problemsOf("name: x\nstates: {}\non_power: [{ reset: true }, { wait: 1 }]")).toEqual(
    ['board.yaml:3:29 on_power[1]: is never reached: the step before it is "reset"'],
  )
})

it("refuses what a real shell cannot do", async () => {
  const text = `name: x
on_power: []
states:
  a: { shell: true, echo: false }
  b: { exit: [] }
`
  expect(await problemsOf(text)).toEqual([
    "board.yaml:4:27 states.a.echo: has no meaning for a real shell",
    'board.yaml:5:14 states.b.exit: needs "shell: true"',
  ])
})

it("checks a script that a program gives, too", async () => {
  const wrong = { name: "x", on_power: [{ wait: -1 }], states: {} }
  await expect(startBoard(wrong, { listen: { tcp: 0 } })).rejects.toThrow(
    /the board's script on_power\[0\]\.wait: expected/,
  )
})

it("has a JSON Schema that describes every key", () => {
  const schema = boardScriptJsonSchema() as { properties: Record<string, { description?: string }> }
  expect(Object.keys(schema.properties)).toContain("states")
  for (const property of Object.values(schema.properties)) expect(property.description).toBeTruthy()
})
