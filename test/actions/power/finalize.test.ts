import { readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { dispatch, type JobEvent, loadLab, type Run } from "../../../src/index.ts"
import { boardLab, job, silent } from "../../cli/board-lab.ts"

/** What a lab says of a board that cannot be switched off. */
const stillOn =
  "board-01 may still be on: cannot switch the device off: the command \"sh -c 'echo no such outlet; exit 4'\" failed with exit status 4: no such outlet; try it by hand on this machine"

/** Runs a job on a board whose switch cannot be switched off; it resets by switching it on. */
const runStuck = async (
  options: Parameters<typeof boardLab>[0],
  watch: (event: JobEvent, run: Run) => void = () => {},
) => {
  const { directory } = await boardLab(options)
  const { devices } = JSON.parse(readFileSync(join(directory, "lab.json"), "utf8"))
  const { power } = devices["board-01"]
  const off = ["sh", "-c", "echo no such outlet; exit 4"]
  devices["board-01"].power = { on: power.on, off, reset: power.on, attempts: 1 }
  const run = dispatch({ value: job }, { lab: await loadLab({ devices }) })
  const events: Array<JobEvent> = []
  for await (const event of run.events) {
    events.push(event)
    watch(event, run)
  }
  const finalize = events.find(
    (event) => event.type === "action-ended" && event.name === "finalize",
  )
  return { ...(await run.result), finalize, last: events.at(-1) }
}

describe("finalize of a device that cannot be switched off", () => {
  it("fails the job, and says which device may still be on, and by which command", async () => {
    const { status, error, finalize, last, cases } = await runStuck({})
    expect({ status, message: error?.message }).toEqual({ status: "incomplete", message: stillOn })
    expect(error).toMatchObject({ _tag: "InfrastructureError", action: "finalize" })
    expect(finalize).toMatchObject({ outcome: "fail", error: { message: stillOn } })
    expect(last).toMatchObject({ type: "job-ended", error: { message: stillOn } })
    expect(cases).toContainEqual(
      expect.objectContaining({ suite: "lava", case: "finalize", result: "fail" }),
    )
  })

  it("says so beside why the job was canceled", async () => {
    const { status, error } = await runStuck({ script: silent }, (event, run) => {
      if (event.type === "action-started" && event.name === "auto-login-action") run.cancel()
    })
    expect(status).toBe("canceled")
    expect(error).toMatchObject({
      _tag: "CanceledError",
      message: `the job was canceled; and ${stillOn}`,
    })
  })

  it("says so beside why the job failed", async () => {
    const script = {
      ...silent,
      on_power: [{ print: "Kernel panic - not syncing: no root\n---[ end Kernel panic\n" }],
    }
    const { status, error } = await runStuck({ script })
    expect(status).toBe("incomplete")
    expect(error).toMatchObject({ _tag: "JobError", action: "auto-login-action" })
    expect(error?.message).toMatch(/^the kernel panicked while .*; and board-01 may still be on: /)
    expect(error?.message).toContain(stillOn)
  })
})
