import { readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { loadBoardScript } from "../../src/board/board.ts"
import { readyMade } from "../board/boards.ts"
import { type BoardLab, boardLab, job } from "./board-lab.ts"
import { type Running, startDispatch } from "./command.ts"

/** A board that boots after a while and then works on its tests for ever. */
const endless = async () => {
  const script = await loadBoardScript(readyMade("instant-runner"))
  const shell = script.states["telling-shell"]
  const commands = shell?.commands?.map((rule) =>
    rule.match.includes("lava-test-runner") ? { ...rule, do: [{ hang: true as const }] } : rule,
  )
  return {
    ...script,
    on_power: [{ wait: 0.5 }, ...script.on_power],
    states: { ...script.states, "telling-shell": { ...shell, commands } },
  }
}

const files = { "job.json": job }

const reportsOf = ({ directory }: BoardLab) => {
  const read = (name: string) => readFileSync(join(directory, "out", name), "utf8")
  return {
    results: JSON.parse(read("results.json")) as ReadonlyArray<object>,
    junit: read("junit.xml"),
    log: read("logs.yaml"),
  }
}

/** Starts the job and waits until an action of it begins. */
const startUntil = async (lab: BoardLab, action: string): Promise<Running> => {
  const run = startDispatch(["job.json", "-o", "out", "--format", "json"], { cwd: lab.directory })
  await run.sees(new RegExp(`"action-started","level":"[\\d.]+","name":"${action}"`))
  return run
}

describe("a signal that ends a job", () => {
  it.each([
    ["SIGINT", "connect-device"],
    ["SIGTERM", "reset-device"],
    ["SIGHUP", "auto-login-action"],
    ["SIGINT", "lava-test-shell"],
    ["SIGTERM", "lava-test-shell"],
  ] as const)(
    "%s in %s: the device is off, the results are written, 130",
    async (signal, action) => {
      // Every switch takes a moment, so that the signal comes while it is at work.
      const lab = await boardLab({ script: await endless(), files })
      const run = await startUntil(lab, action)
      run.child.kill(signal)
      const { code, stdout, stderr } = await run.ended
      expect({ code, stderr }).toEqual({ code: 130, stderr: "" })
      expect(stdout).toContain("canceled: switching board-01 off, then writing the results")
      expect(lab.switched().at(-1)).toBe("off")
      expect(lab.board.powered).toBe(false)
      const { results, junit, log } = reportsOf(lab)
      expect(results).toContainEqual(
        expect.objectContaining({ definition: "lava", case: "job", result: "fail" }),
      )
      expect(junit).toContain("CanceledError")
      expect(log).toContain("canceled: switching board-01 off")
    },
  )

  it("makes a power switch that hangs give up, when it comes again", async () => {
    const power = { off: ["sleep", "100"], reset: ["true"], timeout_seconds: 100 }
    const lab = await boardLab({ script: await endless(), files, power })
    const run = await startUntil(lab, "auto-login-action")
    run.child.kill("SIGINT")
    await run.sees('"name":"finalize"')
    await new Promise((resolve) => setTimeout(resolve, 700))
    run.child.kill("SIGINT")
    await run.sees("hurrying")
    const { code, stdout } = await run.ended
    expect(code).toBe(130)
    const stillOn = `board-01 may still be on: the command \\"sleep 100\\" did not switch it off within 5 s after the job was told to hurry`
    expect(stdout).toContain(`"message":"${stillOn}"`)
    expect(stdout).toContain(`"message":"the job was canceled; and ${stillOn}"`)
    expect(reportsOf(lab).results).toContainEqual(
      expect.objectContaining({ case: "finalize", result: "fail" }),
    )
  })

  it("exits at once when it comes a third time", async () => {
    const power = { off: ["sleep", "100"], reset: ["true"], timeout_seconds: 100 }
    const lab = await boardLab({ script: await endless(), files, power })
    const run = await startUntil(lab, "auto-login-action")
    for (let count = 1; count <= 3; count++) {
      run.child.kill("SIGINT")
      await new Promise((resolve) => setTimeout(resolve, 700))
    }
    const { code, stderr } = await run.ended
    expect(code).toBe(130)
    expect(stderr).toContain("error: exited without cleaning up: board-01 may still be on")
  })

  it("counts once where it comes twice in a moment, as from npm", async () => {
    const lab = await boardLab({ script: await endless(), files })
    const run = await startUntil(lab, "auto-login-action")
    run.child.kill("SIGINT")
    setTimeout(() => run.child.kill("SIGINT"), 5)
    const { code, stdout } = await run.ended
    expect(code).toBe(130)
    expect(stdout).not.toContain("hurrying")
  })

  it("changes nothing when it comes again after the job has ended", async () => {
    const lab = await boardLab({ script: await endless(), files })
    const run = await startUntil(lab, "auto-login-action")
    run.child.kill("SIGINT")
    await run.sees('"type":"job-ended"')
    run.child.kill("SIGINT")
    expect((await run.ended).code).toBe(130)
    expect(reportsOf(lab).results).not.toHaveLength(0)
  })
})
