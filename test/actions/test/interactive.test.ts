import { describe, expect, it } from "vitest"
import { readyMade } from "../../board/boards.ts"
import { casesOf, loginBoot, runOnBoard, uBootType } from "../run-on-board.ts"

const board = readyMade("u-boot-login-shell")

const type = uBootType({ commands: { hello: ["version", "echo hello"] } })

const boot = (keys: object = {}) => ({
  boot: { method: "bootloader", bootloader: "u-boot", ...keys },
})

const talk = (script: ReadonlyArray<object>, keys: object = {}, block: object = {}) => ({
  test: { interactive: [{ name: "talk", prompts: ["^=> "], script, ...keys }], ...block },
})

/** Boots to U-Boot's prompt and runs one dialogue there. */
const run = (script: ReadonlyArray<object>, keys: object = {}, block: object = {}) =>
  runOnBoard(board, { actions: [boot(), talk(script, keys, block)] }, { type })

const suiteOf = ({ cases }: Awaited<ReturnType<typeof run>>) =>
  cases.find((each) => each.suite === "lava" && each.case === "0_talk")?.result

describe("a boot to the boot loader", () => {
  it("types a list of commands and stays at the prompt", async () => {
    const { status, error, typed } = await runOnBoard(
      board,
      { actions: [boot({ commands: "hello" }), talk([{ name: "there", command: "version" }])] },
      { type },
    )
    expect({ status, error }).toEqual({ status: "complete", error: undefined })
    expect(typed).toEqual(expect.arrayContaining(["version", "echo hello"]))
  })

  it("waits for the prompts that the job says", async () => {
    const { error } = await runOnBoard(
      board,
      { actions: [boot({ prompts: ["Mine> "], timeout: { seconds: 2 } })] },
      { type },
    )
    expect(error).toMatchObject({
      _tag: "JobError",
      action: "bootloader-interrupt",
      message: expect.stringContaining(`for U-Boot's prompt "Mine> "`),
    })
  })

  it("is refused for a boot loader that the device type does not describe", async () => {
    const job = { actions: [boot({ bootloader: "grub" })] }
    await expect(runOnBoard(board, job, { type })).rejects.toThrow("has no GRUB to talk to")
  })
})

describe("a dialogue at a boot loader's prompt", () => {
  it("makes a test case of each step with a name", async () => {
    const ended = await run([
      { command: "dhcp", name: "dhcp", successes: [{ message: "address (?<ip>[\\d.]+) " }] },
      { command: "setenv ipaddr {ip}" },
      { delay: 0.1 },
      { command: "echo {ip} ${ip}", name: "echo", successes: [{ message: "10.0.2.15 \\$" }] },
      { command: "version", name: "version", successes: [{ message: "U-Boot 2026.01" }] },
      { command: "true", name: "prompt" },
      {
        command: "nonsense",
        name: "unknown",
        failures: [{ message: "Unknown command", error: "it cannot do that" }],
      },
      { command: "echo one", name: "other", successes: [{ message: "^two" }] },
      { command: "", name: "enter" },
    ])
    expect({ status: ended.status, error: ended.error }).toEqual({
      status: "complete",
      error: undefined,
    })
    expect(casesOf(ended)).toEqual([
      "0_talk dhcp pass",
      "0_talk echo pass",
      "0_talk version pass",
      "0_talk prompt pass",
      "0_talk unknown fail",
      "0_talk other fail",
      "0_talk enter pass",
    ])
    expect(ended.cases).toContainEqual(
      expect.objectContaining({ case: "unknown", errorMessage: "it cannot do that" }),
    )
    expect(ended.cases).toContainEqual(
      expect.objectContaining({
        case: "other",
        errorMessage: 'the prompt came back without "^two"',
      }),
    )
    expect(suiteOf(ended)).toBe("pass")
    expect(ended.typed).toContain("setenv ipaddr 10.0.2.15")
  })

  it("ends the job with the class that a failure names", async () => {
    const failures = [{ message: "Unknown", exception: "InfrastructureError", error: "no network" }]
    const ended = await run([{ command: "ping", name: "ping", failures }, { command: "version" }])
    expect(ended.error).toMatchObject({ _tag: "InfrastructureError", message: "no network" })
    expect(casesOf(ended)).toEqual(["0_talk ping fail"])
    expect(suiteOf(ended)).toBe("fail")
    expect(ended.typed).not.toContain("version")
  })

  it("ends the job at a step without a name that fails", async () => {
    const ended = await run([{ command: "nonsense", failures: [{ message: "Unknown command" }] }])
    expect(ended.error).toMatchObject({
      _tag: "TestError",
      message: '"nonsense" failed: the console shows "Unknown command"',
    })
  })

  it("notices a reset, which is not what `version` prints", async () => {
    const ended = await run([{ command: "reset", name: "reset" }])
    expect(ended.error).toMatchObject({
      _tag: "TestError",
      message: expect.stringContaining(
        'the device was reset while waiting for an answer to "reset"',
      ),
    })
    expect(casesOf(ended)).toEqual(["0_talk reset fail"])
  })

  it("takes a reset that it waits for", async () => {
    const ended = await run([
      {
        command: "reset",
        name: "reset",
        successes: [{ message: "stop autoboot" }],
        wait_for_prompt: false,
      },
      { command: "", name: "stopped" },
    ])
    expect(casesOf(ended)).toEqual(["0_talk reset pass", "0_talk stopped pass"])
  })

  it("fails with TestError when nothing comes that it waits for", async () => {
    const script = [{ command: null, name: "nothing", successes: [{ message: "a miracle" }] }]
    const ended = await run(script, {}, { timeout: { seconds: 1 } })
    expect(ended.error).toMatchObject({ _tag: "TestError", action: "lava-test-interactive" })
    expect(casesOf(ended)).toEqual(["0_talk nothing fail"])
  })
})

describe("a dialogue elsewhere", () => {
  const login = [
    { command: "nobody", successes: [{ message: "Password:" }], wait_for_prompt: false },
    { command: "wrong", name: "refused", successes: [{ message: "Login incorrect" }] },
  ]

  it("is at whatever the console shows, after a command of the lab", async () => {
    const actions = [
      { command: { name: "power_on" } },
      talk(login, { prompts: ["board login: "] }, { timeout: { seconds: 10 } }),
    ]
    const ended = await runOnBoard(readyMade("login-shell"), { actions })
    expect(ended.error).toBeUndefined()
    expect(casesOf(ended)).toEqual(["0_talk refused pass"])
  })

  it.each([
    [undefined, "pass"],
    ["discard", "fail"],
  ])(
    "looks at the echo of what is typed, unless it is to be discarded: %s",
    async (echo, result) => {
      const step = { command: "nobody", name: "echoed", successes: [{ message: "nobody" }] }
      const keys = { prompts: ["Password: "], ...(echo !== undefined && { echo }) }
      const actions = [
        { command: { name: "power_on" } },
        talk([step], keys, { timeout: { seconds: 10 } }),
      ]
      const ended = await runOnBoard(readyMade("login-shell"), { actions })
      expect(casesOf(ended)).toEqual([`0_talk echoed ${result}`])
    },
  )

  it("is no test in a shell: the job gets no overlay", async () => {
    const ended = await run([{ command: "true", name: "there" }])
    expect(ended.events).not.toContainEqual(expect.objectContaining({ name: "lava-overlay" }))
  })
})

describe("a step", () => {
  it.each([
    [{ delay: 1, command: "x" }, /script\[0\]\.delay: is a step of its own/],
    [{ name: "x" }, /script\[0\]: says nothing to do/],
    [{ command: "a\nb" }, /script\[0\]\.command: expected one line of printable ASCII/],
  ])("%j is refused", async (step, message) => {
    await expect(run([step])).rejects.toThrow(message)
  })

  it("cannot stand beside definitions", async () => {
    const both = { definitions: [] }
    await expect(run([{ command: "x" }], {}, both)).rejects.toThrow(
      /either `definitions` or `interactive`/,
    )
    await expect(
      runOnBoard(board, { actions: [loginBoot(), { test: { definitionz: [] } }] }),
    ).rejects.toThrow(/definitions/)
  })
})
