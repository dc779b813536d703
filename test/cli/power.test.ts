import { describe, expect, it } from "vitest"
import { boardLab, job, silent } from "./board-lab.ts"
import { directoryWith, dispatch, startDispatch } from "./command.ts"

describe("dispatch power", () => {
  it("switches a device on, off, and resets it", async () => {
    const { directory: cwd, board, switched } = await boardLab({ script: silent })
    const on = await dispatch(["power", "on", "board-01"], { cwd })
    expect(on).toEqual({ code: 0, stdout: "board-01: on\n", stderr: "" })
    expect(board.powered).toBe(true)
    expect(await dispatch(["power", "reset", "board-01"], { cwd })).toMatchObject({ code: 0 })
    expect(await dispatch(["power", "off", "board-01"], { cwd })).toMatchObject({ code: 0 })
    expect(switched()).toEqual(["on", "off", "on", "off"])
    expect(board.powered).toBe(false)
  })

  it("leaves a device alone that a job uses, unless it is forced", async () => {
    const { directory: cwd, board } = await boardLab({ script: silent, files: { "job.json": job } })
    const run = startDispatch(["job.json", "--format", "json"], { cwd })
    await run.sees('"name":"auto-login-action"')
    const refused = await dispatch(["power", "off", "board-01"], { cwd })
    expect(refused).toMatchObject({ code: 3, stdout: "" })
    expect(refused.stderr).toContain(
      `error: board-01 is in use by the job "ten instant tests", process ${run.child.pid}`,
    )
    expect(refused.stderr).toContain("--force switches it all the same")
    expect(board.powered).toBe(true)
    expect(await dispatch(["power", "off", "board-01", "--force"], { cwd })).toMatchObject({
      code: 0,
    })
    expect(board.powered).toBe(false)
  })

  it("says what the lab file does not have, and what the switch said", async () => {
    const lab = (power?: object) => ({ devices: { "board-01": { device_type: "generic", power } } })
    const cwd = directoryWith({
      "none.json": lab(),
      "reset.json": lab({ reset: ["true"] }),
      "fails.json": lab({ reset: ["sh", "-c", "echo no outlet 3; exit 4"], attempts: 1 }),
    })
    const none = await dispatch(["power", "on", "board-01", "-l", "none.json"], { cwd })
    expect(none.code).toBe(2)
    expect(none.stderr).toContain('give it a "power" section')
    const reset = await dispatch(["power", "on", "board-01", "-l", "reset.json"], { cwd })
    expect(reset.code).toBe(2)
    expect(reset.stderr).toContain('its "power" in the lab file has only "reset"')
    const fails = await dispatch(["power", "reset", "board-01", "-l", "fails.json"], { cwd })
    expect(fails.code).toBe(3)
    expect(fails.stderr).toContain("failed with exit status 4: no outlet 3")
    const other = await dispatch(["power", "reset", "bord-01", "-l", "reset.json"], { cwd })
    expect(other.code).toBe(2)
    expect(other.stderr).toContain('no such device: "bord-01"; did you mean "board-01"?')
  })
})
