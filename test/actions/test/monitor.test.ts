import { describe, expect, it } from "vitest"
import { casesOf, runOnBoard } from "../run-on-board.ts"

/** A board that prints this when it gets power, as a microcontroller with a test program does. */
const board = (print: string) => ({
  name: "a test program",
  on_power: [{ print }, { state: "done" }],
  states: { done: {} },
})

const zephyr = `***** BOOTING ZEPHYR OS v1.8.99 *****
PASS - before_the_start.
Running test suite common_test
tc_start() - byteorder_test
PASS - byteorder_test_memcpy.
===================================================================
FAIL - printk_test.
ODD - odd_test.
PASS - Slist Test (single).
PROJECT EXECUTION SUCCESSFUL
PASS - after_the_end.
`

const monitor = (keys: object = {}) => ({
  name: "Zephyr-Tests",
  start: "Running test suite \\w+",
  end: "PROJECT EXECUTION SUCCESSFUL",
  pattern: "(?P<result>(PASS|FAIL|ODD)) - (?P<test_case_id>.*)\\.",
  fixupdict: { PASS: "pass", FAIL: "fail" },
  ...keys,
})

const run = (print: string, monitors: ReadonlyArray<object>, block: object = {}) =>
  runOnBoard(board(print), {
    actions: [{ boot: { method: "minimal" } }, { test: { monitors, ...block } }],
  })

const actionOf = ({ cases }: Awaited<ReturnType<typeof run>>) =>
  cases.find((each) => each.suite === "lava" && each.case === "lava-test-monitor")?.result

describe("a monitor of the console", () => {
  it("reads results between its start and its end", async () => {
    const ended = await run(zephyr, [monitor()])
    expect({ status: ended.status, error: ended.error }).toEqual({
      status: "complete",
      error: undefined,
    })
    expect(casesOf(ended)).toEqual([
      "zephyr-tests byteorder_test_memcpy pass",
      "zephyr-tests printk_test fail",
      "zephyr-tests odd_test fail",
      "zephyr-tests slist_test_single_ pass",
    ])
    expect(ended.cases).toContainEqual(
      expect.objectContaining({
        case: "odd_test",
        errorMessage: expect.stringContaining('the result "ODD" is not one of pass, fail'),
      }),
    )
    expect(ended.cases.map(({ suite, case: name }) => `${suite} ${name}`)).not.toContain(
      "lava zephyr-tests",
    )
  })

  it("takes a measurement for a pass, and one monitor after the other", async () => {
    const latency = `Nanokernel Latency Benchmark
 1 - Measure time to switch from ISR to ISR 86 tcs = 859 nsec
 2 - Measure time to disable
PROJECT EXECUTION SUCCESSFUL
`
    const benchmark = {
      name: "latency",
      start: "Latency Benchmark",
      end: "EXECUTION SUCCESSFUL",
      pattern:
        "(?P<test_case_id>\\d+ *- [^-\\n]+) (?P<measurement>\\d+) (?P<units>tcs) = [0-9]+ nsec\\r\\n",
    }
    const ended = await run(latency + zephyr, [benchmark, monitor()])
    const first = ended.cases.find(({ suite }) => suite === "latency")
    expect(first).toMatchObject({
      case: "1_measure_time_to_switch_from_isr_to_isr",
      result: "pass",
      measurement: "86",
      units: "tcs",
    })
    expect(casesOf(ended)).toHaveLength(5)
  })

  it("fails what was expected and did not come, and what came and was not expected", async () => {
    const ended = await run(zephyr, [monitor({ expected: ["byteorder_test_memcpy", "never"] })])
    expect(casesOf(ended)).toEqual([
      "zephyr-tests byteorder_test_memcpy pass",
      "zephyr-tests printk_test fail",
      "zephyr-tests odd_test fail",
      "zephyr-tests slist_test_single_ fail",
      "zephyr-tests never fail",
    ])
  })

  it("ends with a test error where the end does not come in time; what came before counts", async () => {
    const ended = await run(
      zephyr,
      [monitor({ end: "NEVER", expected: ["byteorder_test_memcpy", "never"] })],
      { timeout: { seconds: 1 } },
    )
    expect(ended.error).toMatchObject({
      _tag: "TestError",
      action: "lava-test-monitor-retry",
      message: expect.stringContaining("a result or the end of Zephyr-Tests"),
    })
    expect(casesOf(ended)).toContain("zephyr-tests byteorder_test_memcpy pass")
    expect(casesOf(ended)).toContain("zephyr-tests never fail")
    expect(actionOf(ended)).toBe("fail")
  })

  it("tells of a panic at once", async () => {
    const panic = `Running test suite common_test
[    1.000000] Kernel panic - not syncing: Fatal exception
[    1.000000] ---[ end Kernel panic - not syncing: Fatal exception ]---
`
    const ended = await run(panic, [monitor()])
    expect(ended.error).toMatchObject({
      _tag: "TestError",
      message: expect.stringContaining("Kernel panic"),
    })
  })

  it("is refused with a pattern that is none", async () => {
    await expect(run(zephyr, [monitor({ pattern: "(" })])).rejects.toThrow(
      "monitors[0].pattern: expected a regular expression (Unterminated group)",
    )
  })
})
