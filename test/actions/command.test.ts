import { expect, it } from "vitest"
import type { BoardScriptInput } from "../../src/board/script.ts"
import { runOnBoard } from "./run-on-board.ts"

const board: BoardScriptInput = { name: "a board", on_power: [{ print: "up\n" }], states: {} }
const run = (...names: ReadonlyArray<string>) => ({
  actions: names.map((name) => ({ command: { name } })),
})

it("LAVA's built-in commands are the power switch's", async () => {
  const { status, switched } = await runOnBoard(board, run("power_on", "power_off", "hard_reset"))
  expect(status).toBe("complete")
  expect(switched).toEqual(["on", "off", "off", "on", "off"])
})

it("a command of the lab file counts before a built-in of its name, and is undone at the end", async () => {
  const relay = { do: ["true"], undo: ["true"] }
  const device = { commands: { power_on: { do: ["true"] }, relay } }
  const { status, switched } = await runOnBoard(board, run("power_on", "relay"), { device })
  expect(status).toBe("complete")
  expect(switched).toEqual(["off"])
})

it("a command that there is not is refused with those that there are", async () => {
  await expect(runOnBoard(board, run("recovery_mode"))).rejects.toThrow(
    'board-01 has no command "recovery_mode"; there are power_on, power_off, hard_reset',
  )
  const device = { power: undefined }
  await expect(runOnBoard(board, run("power_on"), { device })).rejects.toThrow("there are none")
})

it("a timeout for an action that there is not is told in the log", async () => {
  const timeouts = { job: { minutes: 1 }, actions: { "auto-login": { seconds: 5 } } }
  const { messages } = await runOnBoard(board, { ...run("power_on"), timeouts })
  expect(messages("warning")).toEqual([
    'the job sets a timeout for "auto-login", but it has no action of this name',
  ])
})

it("the job's metadata is told with its start", async () => {
  const metadata = { source: { commit: "0123abc" } }
  const { events } = await runOnBoard(board, { ...run("power_on"), metadata })
  expect(events[0]).toMatchObject({ type: "job-started", metadata })
})
