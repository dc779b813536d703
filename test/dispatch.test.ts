import { existsSync } from "node:fs"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { describe, expect, it } from "vitest"
import {
  dispatch,
  dispatchEffect,
  InvalidFile,
  type JobEvent,
  loadLab,
  prepare,
} from "../src/index.ts"
import { readyMade } from "./board/boards.ts"
import { boardLab, job, silent } from "./cli/board-lab.ts"
import { start } from "./cli/command.ts"

const labOf = async (options?: Parameters<typeof boardLab>[0]) => {
  const made = await boardLab(options)
  return { ...made, lab: await loadLab(join(made.directory, "lab.json")) }
}

describe("dispatch", () => {
  it("tells every event and what the job came to", async () => {
    const { lab, board, directory } = await labOf()
    const recordDirectory = join(directory, "records")
    const run = dispatch({ value: job }, { lab, id: "42", recordDirectory })
    const events: Array<JobEvent> = []
    for await (const event of run.events) events.push(event)
    expect(events[0]).toMatchObject({ type: "job-started", jobId: "42", device: "board-01" })
    expect(events.at(-1)).toMatchObject({ type: "job-ended", status: "complete" })
    const result = await run.result
    expect(result).toMatchObject({ status: "complete", id: "42", device: "board-01" })
    expect(result.cases.filter((each) => each.case.startsWith("case-"))).toHaveLength(10)
    expect(existsSync(join(recordDirectory, "uart0.log"))).toBe(true)
    expect(board.powered).toBe(false)
  })

  it("runs what prepare has settled", async () => {
    const { lab } = await labOf()
    const ready = await prepare({ value: job }, { lab })
    expect(ready.nodes[0].plan.blocks.map((each) => each.name)).toEqual([
      "minimal-boot",
      "lava-test-retry",
      "finalize",
    ])
    expect(await dispatch(ready, { lab }).result).toMatchObject({ status: "complete" })
  })

  it("rejects where the job cannot be begun", async () => {
    const { lab, switched } = await labOf()
    await expect(dispatch({ value: {} }, { lab }).result).rejects.toBeInstanceOf(InvalidFile)
    expect(switched()).toEqual([])
  })

  it("resolves when it is canceled, with the device off", async () => {
    const { lab, board } = await labOf({ script: silent })
    const run = dispatch({ value: job }, { lab })
    for await (const event of run.events) {
      if (event.type === "action-started" && event.name === "auto-login-action") run.cancel()
    }
    expect(await run.result).toMatchObject({ status: "canceled", error: { _tag: "CanceledError" } })
    expect(board.powered).toBe(false)
  })

  it("cleans up when the Effect is interrupted", async () => {
    const { lab, board } = await labOf({ script: silent })
    const began = Promise.withResolvers<void>()
    const onEvent = (event: JobEvent) => {
      if (event.type === "action-started" && event.name === "auto-login-action") began.resolve()
    }
    const fiber = Effect.runFork(dispatchEffect({ value: job }, { lab, onEvent }))
    await began.promise
    expect(board.powered).toBe(true)
    await Effect.runPromise(Fiber.interrupt(fiber))
    expect(board.powered).toBe(false)
  })

  it("holds nothing when its jobs are over: the process ends by itself", async () => {
    const [boot, test] = job.actions
    const login = {
      ...boot?.boot?.auto_login,
      password_prompt: "Password:",
      password: "lab-dispatch",
    }
    const withPassword = { ...job, actions: [{ boot: { ...boot?.boot, auto_login: login } }, test] }
    const { directory } = await boardLab({
      script: readyMade("login-shell"),
      files: { "job.json": withPassword },
    })
    const program = `
      import { dispatch, loadLab } from ${JSON.stringify(new URL("../src/index.ts", import.meta.url).href)}
      const lab = await loadLab("lab.json")
      // One after the other, so that the servers start and stop twice.
      for (const id of ["a", "b"]) {
        const { status } = await dispatch("job.json", { lab, id }).result
        console.log(status)
      }
      const ended = performance.now()
      process.on("exit", () => console.log(performance.now() - ended < 1000 ? "soon" : "late"))`
    const child = start(process.execPath, ["--input-type=module", "-e", program], {
      cwd: directory,
    })
    child.child.stdin?.end()
    const { code, stdout, stderr } = await child.ended
    expect({ code, stdout, stderr }).toEqual({
      code: 0,
      stdout: "complete\ncomplete\nsoon\n",
      stderr: "",
    })
  })
})
