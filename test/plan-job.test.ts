import { describe, expect, it } from "vitest"
import { readyMade } from "./board/boards.ts"
import { casesOf, loginBoot, runOnBoard, testOf } from "./actions/run-on-board.ts"

const boot = loginBoot()

describe("a block that is run several times", () => {
  const count = "n=$(($(cat /tmp/n 2>/dev/null || echo 0) + 1)); echo $n > /tmp/n"

  it("is repeated as often as it says", async () => {
    const test = testOf([count, "lava-test-case try-$n --result pass"], "count", { repeat: 3 })
    const run = await runOnBoard(readyMade("login-shell"), { actions: [boot, test] })
    expect(run.status).toBe("complete")
    expect(casesOf(run)).toEqual(["0_count try-1 pass", "0_count try-2 pass", "0_count try-3 pass"])
  })

  it("is tried again after a failure as often as it says", async () => {
    const flaky = [
      count,
      "[ $n = 3 ] || lava-test-raise too-soon",
      "lava-test-case try-$n --result pass",
    ]
    const retried = { failure_retry: 3, failure_retry_interval: 0 }
    const run = await runOnBoard(readyMade("login-shell"), {
      actions: [boot, testOf(flaky, "flaky", retried)],
    })
    expect({ status: run.status, error: run.error }).toEqual({
      status: "complete",
      error: undefined,
    })
    expect(casesOf(run)).toEqual(["0_flaky try-3 pass"])
    const twice = await runOnBoard(readyMade("login-shell"), {
      actions: [boot, testOf(flaky, "flaky", { ...retried, failure_retry: 2 })],
    })
    expect(twice.error).toMatchObject({ _tag: "TestError" })
  })

  it("may be a boot", async () => {
    const panicsOnce = {
      name: "a board that panics once",
      on_power: [{ print: "Linux version 6.12.0\n" }, { wait: 0.3 }, { state: "shell" }],
      states: { shell: { shell: true as const, prompt: "root@board:~# " } },
      faults: [
        {
          at: { output: "Linux version" },
          times: 1,
          do: [{ print: "\nKernel panic - not syncing: once\n---[ end Kernel panic\n" }],
        },
      ],
    }
    const plain = { method: "minimal", prompts: ["root@board:~# "] }
    const run = await runOnBoard(panicsOnce, {
      actions: [{ boot: { ...plain, failure_retry: 2 } }, { boot: { ...plain, repeat: 2 } }],
    })
    expect({ status: run.status, error: run.error }).toEqual({
      status: "complete",
      error: undefined,
    })
    // Two tries, two repetitions, and the end.
    expect(run.switched.filter((action) => action === "on")).toHaveLength(4)
  })
})

describe("namespaces", () => {
  const inOne = { boot: { ...boot.boot, namespace: "one" } }
  const steps = ["lava-test-case here --result pass"]

  it("share a connection where connection-namespace says so", async () => {
    const other = { namespace: "two", "connection-namespace": "one" }
    const run = await runOnBoard(readyMade("login-shell"), {
      actions: [
        inOne,
        testOf(steps, "first", { namespace: "one" }),
        testOf(steps, "second", other),
      ],
    })
    expect({ status: run.status, error: run.error }).toEqual({
      status: "complete",
      error: undefined,
    })
    expect(casesOf(run)).toEqual(["0_first here pass", "1_second here pass"])
  })

  it("have connections of their own else", async () => {
    const run = await runOnBoard(readyMade("login-shell"), {
      actions: [inOne, testOf(steps, "second", { namespace: "two" })],
    })
    expect(run.error?.message).toContain("a shell on the device")
  })
})

describe("character delays", () => {
  /** It takes a character every 2 ms. */
  const slow = {
    name: "a board that loses what is typed fast",
    uart: { overrun: { rate: 500, fifo: 1 } },
    on_power: [{ print: "board is up\n" }, { state: "login" as const }],
    states: {
      login: {
        prompt: "board login: ",
        commands: [{ match: "^administrator$", do: [{ state: "shell" }] }],
      },
      shell: { shell: true as const, prompt: "root@board:~# " },
    },
  }
  const actions = [
    {
      boot: {
        method: "minimal",
        prompts: ["root@board:~# "],
        auto_login: { login_prompt: "login:", username: "administrator" },
        timeout: { seconds: 4 },
      },
    },
  ]

  it("of the device are for what is typed in their phase", async () => {
    const none = await runOnBoard(slow, { actions })
    expect(none.status).toBe("incomplete")
    const delays = { device: { character_delays: { boot: 5 } } }
    expect(await runOnBoard(slow, { actions }, delays)).toMatchObject({ status: "complete" })
    const other = { device: { character_delays: { test: 5, deploy: 5 } } }
    expect(await runOnBoard(slow, { actions }, other)).toMatchObject({ status: "incomplete" })
  })

  it("of the job's context count, not the device's", async () => {
    const context = { boot_character_delay: 5 }
    const device = { character_delays: { boot: 0 } }
    const run = await runOnBoard(slow, { actions, context }, { device })
    expect(run).toMatchObject({ status: "complete" })
  })
})
