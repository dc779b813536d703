import { describe, expect, it } from "vitest"
import type { BoardScriptInput } from "../../../src/board/script.ts"
import { readyMade } from "../../board/boards.ts"
import { runOnBoard } from "../run-on-board.ts"

/** A board that shows a "#" long before its kernel starts, and stays silent after that. */
const misleading: BoardScriptInput = {
  name: "a board whose boot loader looks like a shell",
  on_power: [{ print: "loader # \n" }, { wait: 1 }, { print: "Hello, I am Plan 9\n" }],
  states: {},
}

const boot = (keys: object) => ({
  boot: { method: "minimal", prompts: ["# "], timeout: { seconds: 4 }, ...keys },
})

describe("kernel-start-message", () => {
  it("is awaited before the prompt", async () => {
    const parameters = { "kernel-start-message": "Plan \\d" }
    const { error } = await runOnBoard(misleading, { actions: [boot({ parameters })] })
    expect(error?.message).toMatch(/^waited .* for the shell's prompt/)
  })

  it("of the job counts, not the device type's", async () => {
    const device = { parameters: { kernel_start_message: "Linux version" } }
    const typed = await runOnBoard(misleading, { actions: [boot({})] }, { device })
    expect(typed.error?.message).toMatch(/for the kernel to start \("Linux version"\)/)
    const parameters = { "kernel-start-message": "" }
    const { status, error } = await runOnBoard(
      readyMade("instant-runner"),
      {
        actions: [
          boot({
            parameters,
            prompts: ["root@board:~# "],
            auto_login: { login_prompt: "login:", username: "root" },
          }),
        ],
      },
      { device: { parameters: { kernel_start_message: "Never said" } } },
    )
    expect({ status, error }).toEqual({ status: "complete", error: undefined })
  })
})

/** A running system that nobody can switch. */
const running: BoardScriptInput = {
  name: "a board that is always on",
  power: true,
  on_power: [{ print: "Linux version 6.12.0\n" }, { wait: 0.2 }, { state: "shell" }],
  states: { shell: { shell: true, prompt: "root@board:~# " } },
}

const softly = (keys: object = {}) =>
  boot({
    prompts: ["root@board:~# "],
    soft_reboot: ["busybox reboot -nf"],
    timeout: { seconds: 15 },
    ...keys,
  })
const taken = boot({ prompts: ["root@board:~# "], reset: false, timeout: { seconds: 15 } })
const withoutPower = { device: { power: undefined } }

describe("soft_reboot", () => {
  it("reboots a device that has no power control", async () => {
    const run = await runOnBoard(running, { actions: [taken, softly()] }, withoutPower)
    expect({ status: run.status, error: run.error }).toEqual({
      status: "complete",
      error: undefined,
    })
    expect(run.typed).toContain("busybox reboot -nf")
    expect(run.switched).toEqual([])
    // What it printed at first, nobody was there to see.
    expect(run.events).toContainEqual(
      expect.objectContaining({ type: "console", line: "Linux version 6.12.0" }),
    )
  })

  it("waits for the shutdown-message, within the connection timeout", async () => {
    const parameters = { "shutdown-message": "Powering down for ever" }
    const run = await runOnBoard(
      running,
      {
        timeouts: { job: { minutes: 1 }, connection: { seconds: 3 } },
        actions: [taken, softly({ parameters, soft_reboot: "true" })],
      },
      withoutPower,
    )
    expect(run.error).toMatchObject({
      action: "send-reboot-commands",
      message: expect.stringMatching(
        /^waited 3 s for the system to go down \("Powering down for ever"\)/,
      ),
    })
  })

  it("is not needed where the lab can switch the power", async () => {
    const run = await runOnBoard(running, { actions: [softly()] })
    expect(run.status).toBe("complete")
    expect(run.typed).not.toContain("busybox reboot -nf")
    expect(run.switched).toEqual(["off", "on", "off"])
  })

  it("is what a device without power needs", async () => {
    await expect(runOnBoard(running, { actions: [boot({})] }, withoutPower)).rejects.toThrow(
      'give it a "power" section, or the job\'s boot a "soft_reboot"',
    )
  })
})

describe("reset_messages of a device type", () => {
  it("name a firmware that nobody knows", async () => {
    const script: BoardScriptInput = {
      name: "a board that resets while it boots",
      on_power: [
        { print: "ACME loader 7\nLinux version 6.12.0\n" },
        { wait: 0.3 },
        { print: "ACME loader 7\n" },
      ],
      states: {},
    }
    const type = {
      plugin: "minimal",
      parameters: { kernel_start_message: "Linux version" },
      reset_messages: ["^ACME loader \\d"],
    }
    const { error } = await runOnBoard(script, { actions: [boot({})] }, { type })
    expect(error?.message).toMatch(/^the device was reset while .*: "ACME loader 7"$/)
  })
})
