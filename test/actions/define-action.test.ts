import { existsSync } from "node:fs"
import { readFile } from "node:fs/promises"
import * as Effect from "effect/Effect"
import { describe, expect, it, onTestFinished, vi } from "vitest"
import * as z from "zod"
import type { ActionContext } from "../../src/actions/action-context.ts"
import { defineAction } from "../../src/actions/define-action.ts"
import type { BoardScriptInput } from "../../src/board/script.ts"
import { loadLab } from "../../src/core/lab/load-lab.ts"
import { defineDevicePlugin } from "../../src/core/lab/plugin.ts"
import { action, sequence } from "../../src/core/pipeline/action.ts"
import { dispatch, JobError, log, type Run } from "../../src/index.ts"
import { deviceEntry } from "../../src/testing.ts"
import { readyMade, start } from "../board/boards.ts"

type Steps = ReadonlyArray<(context: ActionContext) => void | Promise<void>>

/** A job whose boot is actions of these functions, on a scripted board; its type is `generic`. */
const job = async (
  steps: Steps,
  script: string | BoardScriptInput = readyMade("login-shell"),
  timeoutSeconds = 20,
) => {
  const board = await start(script, { listen: { tcp: 0 }, control: 0 })
  const plugin = defineDevicePlugin({
    name: "minimal",
    parameters: z.unknown(),
    boot: {
      minimal: () =>
        sequence("own-boot", "", [
          ...steps.map((run) =>
            defineAction({ name: "own", description: "", timeoutSeconds, run }),
          ),
          action({ name: "last", description: "", run: log("info", "all was done") }),
        ]),
    },
  })
  const devices = { "board-01": { device_type: "generic", ...deviceEntry(board) } }
  const lab = await Effect.runPromise(loadLab({ devices }, [plugin]))
  const messages: Array<string> = []
  const definition = {
    job_name: "own actions",
    device: "board-01",
    visibility: "public",
    timeouts: { job: { minutes: 1 }, action: { minutes: 1 } },
    actions: [{ boot: { method: "minimal" } }],
  }
  const run: Run = dispatch(
    { value: definition },
    { lab, onEvent: (event) => void (event.type === "log" && messages.push(event.message)) },
  )
  return { run, board, messages }
}

const logIn: Steps[number] = async ({ power, console, shell, log }) => {
  await power.reset()
  await console.expect("the login", [{ name: "login", pattern: "login: " }], { allowReset: true })
  await console.sendLine("root")
  await console.expect("the password's prompt", [{ name: "password", pattern: "Password: " }])
  await console.sendLine("lab-dispatch", { secret: true })
  await shell.open([{ name: "prompt", pattern: /# $/ }])
  log("info", "logged in")
}

describe("defineAction", () => {
  it("drives a board by its power, its console and its shell", async () => {
    const { run, messages, board } = await job([
      logIn,
      async ({ shell, log, device, report, remainingSeconds }) => {
        const { output } = await shell.check("echo $((6 * 7))")
        log("info", `${device.name} says ${output}`)
        report({ suite: "own", case: "in-time", result: remainingSeconds() > 1 ? "pass" : "fail" })
      },
    ])
    const { status, cases } = await run.result
    expect(status).toBe("complete")
    expect(messages).toEqual(
      expect.arrayContaining(["logged in", "board-01 says 42", "all was done"]),
    )
    expect(cases).toMatchObject([
      { suite: "own", case: "in-time", result: "pass" },
      { suite: "lava", case: "power-off", result: "pass" },
    ])
    expect(board.powered).toBe(false)
  })

  it("runs programs of this machine, and cleans up at the end of the job", async () => {
    const seen: Array<string> = []
    const { run } = await job([
      async ({ command, job, atEnd, log }) => {
        const file = `${job.directory}/made`
        atEnd(async () => void seen.push(`clean up ${await readFile(file, "utf8")}`))
        await command("make a file", ["sh", "-c", `printf here > ${file}`])
        log("info", "made")
      },
      async ({ job, command }) => {
        seen.push(String(existsSync(`${job.directory}/made`)))
        await command("write the image", ["sh", "-c", "echo no such card; exit 3"])
      },
    ])
    const { status, error } = await run.result
    expect(status).toBe("incomplete")
    expect(error).toMatchObject({ _tag: "InfrastructureError", action: "own" })
    expect(error?.message).toMatch(/^cannot write the image: .* exit status 3: no such card/)
    expect(seen).toEqual(["true", "clean up here"])
  })

  it.each<[string, Steps[number], object]>([
    [
      "an error of LAVA's",
      () => {
        throw new JobError({ message: "the strap is set to NAND" })
      },
      { _tag: "JobError", message: "the strap is set to NAND" },
    ],
    [
      "a failed system call",
      async () => void (await readFile("/nowhere/at/all")),
      { _tag: "InfrastructureError", message: expect.stringContaining("ENOENT") },
    ],
    [
      "a connection that is refused",
      async ({ signal }) => void (await fetch("http://127.0.0.1:4/", { signal })),
      { _tag: "InfrastructureError", message: expect.stringContaining("fetch failed: ") },
    ],
    [
      "a mistake",
      () => {
        JSON.parse("{")
      },
      { _tag: "BugError", message: expect.stringMatching(/^a mistake in a plugin: .*JSON/) },
    ],
    [
      "a question for what nobody left",
      async ({ shell }) => void (await shell.run("true")),
      { _tag: "BugError", message: expect.stringContaining("a shell on the device") },
    ],
  ])("ends with %s as an error of LAVA's classes", async (_, step, expected) => {
    const { run } = await job([step])
    const { status, error } = await run.result
    expect({ status, error }).toMatchObject({ status: "incomplete", error: expected })
  })

  it("says what it waited for when its time is up", async () => {
    const silent = { name: "silent", on_power: [], states: {} }
    const { run } = await job([logIn], silent, 1)
    const { error } = await run.result
    expect(error?.message).toMatch(/^waited \d.* for the login/)
    expect(error).toMatchObject({ _tag: "JobError", action: "own" })
  })

  it("is stopped by a cancellation, and does nothing more", async () => {
    const seen: Array<string> = []
    let begun = false
    const { run, board } = await job([
      async ({ power, signal, console }) => {
        await power.on()
        begun = true
        try {
          await console.expect("what never comes", [{ name: "never", pattern: "never" }])
        } catch (error) {
          seen.push(`${signal.aborted} ${(error as { _tag: string })._tag}`)
          await power.on()
        } finally {
          seen.push("finally")
        }
      },
    ])
    await vi.waitFor(() => expect(begun).toBe(true), 10_000)
    run.cancel()
    expect(await run.result).toMatchObject({ status: "canceled" })
    expect(seen).toEqual(["true CanceledError", "finally"])
    expect(board.powered).toBe(false)
  })

  it("ends in time when its function does not listen", async () => {
    let wake = () => {}
    onTestFinished(() => wake())
    const { run, board } = await job(
      [
        async ({ power }) => {
          await power.on()
          await new Promise<void>((resolve) => (wake = resolve))
        },
      ],
      undefined,
      1,
    )
    expect((await run.result).error).toMatchObject({
      _tag: "JobError",
      message: expect.stringContaining("own did not finish within 1 s"),
    })
    expect(board.powered).toBe(false)
  })

  it("survives a call that nobody waits for", async () => {
    const { run } = await job([
      ({ console }) => {
        void console.expect("what never comes", [{ name: "never", pattern: "never" }])
      },
    ])
    expect(await run.result).toMatchObject({ status: "complete" })
  })
})
