import { describe, expect, it } from "vitest"
import { readyMade } from "../../board/boards.ts"
import { casesOf, loginBoot, runOnBoard, testOf } from "../run-on-board.ts"

const boot = loginBoot()

describe("a test in which the kernel panics", () => {
  const panics = [
    "echo 'Kernel panic - not syncing: sysrq'",
    "sleep 2",
    "lava-test-case after --result pass",
  ]

  it("ends there", async () => {
    const run = await runOnBoard(readyMade("login-shell"), { actions: [boot, testOf(panics)] })
    expect(run.error).toMatchObject({
      _tag: "TestError",
      message: expect.stringContaining("the kernel panicked"),
    })
    expect(casesOf(run)).toEqual([])
  })

  it("goes on where it wants the panic", async () => {
    const test = testOf(panics, "panics", { ignore_kernel_messages: true })
    const run = await runOnBoard(readyMade("login-shell"), { actions: [boot, test] })
    expect(run.status).toBe("complete")
    expect(casesOf(run)).toEqual(["0_panics after pass"])
  })
})

describe("a test that takes too long", () => {
  const slow = testOf(["sleep 30"], "slow", { timeout: { seconds: 3, skip: true } })

  it("is passed over where its timeout says skip", async () => {
    const quick = testOf(["lava-test-case quick --result pass"], "quick")
    const run = await runOnBoard(readyMade("login-shell"), { actions: [boot, slow, quick] })
    expect(run.status).toBe("complete")
    expect(casesOf(run)).toEqual(["1_quick quick pass"])
    expect(run.cases).toContainEqual(
      expect.objectContaining({ case: "lava-test-shell", result: "fail", errorType: "Test" }),
    )
  })
})

describe("the tests on the device", () => {
  it("are sent again where a reboot took them away", async () => {
    const lose = testOf(["rm -rf /lava-*"], "lose")
    const there = testOf(["lava-test-case there --result pass"], "there")
    const again = { boot: { ...boot.boot, reset: true } }
    const run = await runOnBoard(readyMade("login-shell"), { actions: [boot, lose, again, there] })
    expect({ status: run.status, error: run.error }).toEqual({
      status: "complete",
      error: undefined,
    })
    expect(casesOf(run)).toEqual(["1_there there pass"])
  })

  it("are where context.lava_test_results_dir says", async () => {
    const where = testOf([
      '[ "${PWD#/run/lava-}" != "$PWD" ]',
      "lava-test-case there --result pass",
    ])
    const context = { lava_test_results_dir: "/run/lava-%s" }
    const run = await runOnBoard(readyMade("login-shell"), { context, actions: [boot, where] })
    expect(casesOf(run)).toEqual(["0_inline there pass"])
  })
})
