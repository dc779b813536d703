import * as Effect from "effect/Effect"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { action, retry, sequence, withTimeout } from "../../../src/core/pipeline/action.ts"
import {
  allActions,
  type BlockTimeouts,
  type JobTimeouts,
  makePlan,
} from "../../../src/core/pipeline/plan.ts"

const step = (name: string) => action({ name, description: name, run: Effect.void })

const secondsOf = (
  limits: Partial<JobTimeouts>,
  timeouts: BlockTimeouts,
  block = sequence("deploy", "", [step("download"), withTimeout(20, step("unpack"))]),
) => {
  const plan = makePlan([{ action: block, timeouts }], { job: 1000, ...limits })
  return Object.fromEntries(allActions(plan.blocks).map((each) => [each.name, each.timeoutSeconds]))
}

describe("makePlan", () => {
  it("numbers actions by their place", () => {
    const plan = makePlan(
      [
        {
          action: sequence("deploy", "", [step("a"), sequence("b", "", [step("c")])]),
          timeouts: {},
        },
        { action: step("boot"), timeouts: {} },
      ],
      { job: 100 },
    )
    expect(allActions(plan.blocks).map(({ level, name }) => `${level} ${name}`)).toEqual([
      "1 deploy",
      "1.1 a",
      "1.2 b",
      "1.2.1 c",
      "2 boot",
    ])
  })

  it.each<[string, Partial<JobTimeouts>, BlockTimeouts, number]>([
    ["LAVA's 30 s where nobody says anything", {}, {}, 30],
    ["the job's timeouts.action", { action: 40 }, {}, 40],
    ["the device's timeouts.actions over that", { action: 40, device: { deploy: 50 } }, {}, 50],
    ["the block's timeout over that", { device: { deploy: 50 } }, { timeout: 60 }, 60],
    ["the job's timeouts.actions over that", { actions: { deploy: 70 } }, { timeout: 60 }, 70],
    [
      "the block's timeouts over all",
      { actions: { deploy: 70 } },
      { timeout: 60, actions: { deploy: 80 } },
      80,
    ],
  ])("gives a block %s", (_, limits, timeouts, expected) => {
    expect(secondsOf(limits, timeouts)["deploy"]).toBe(expected)
  })

  it("warns of LAVA's 30 s, which hardly any boot keeps to", () => {
    const blocks = [
      { action: step("deploy"), timeouts: { timeout: 5 } },
      { action: step("boot"), timeouts: {} },
      { action: step("boot"), timeouts: {} },
    ]
    expect(makePlan(blocks, { job: 100 }).warnings).toEqual([
      `boot has 30 s, LAVA's default: give the job "timeouts.action", or the block a "timeout"`,
    ])
    expect(makePlan(blocks, { job: 100, action: 60 }).warnings).toEqual([])
  })

  it("gives a child its parent's share, which the plugin or the device may only shorten", () => {
    expect(secondsOf({}, { timeout: 60 })).toEqual({ deploy: 60, download: 60, unpack: 20 })
    expect(secondsOf({ device: { unpack: 10, download: 500 } }, { timeout: 60 })).toEqual({
      deploy: 60,
      download: 60,
      unpack: 10,
    })
  })

  it("lets the job name a child's limit, within its parent's", () => {
    const limits = { actions: { unpack: 45, download: 500 } }
    expect(secondsOf(limits, { timeout: 60 })).toEqual({ deploy: 60, download: 60, unpack: 45 })
  })

  it("divides the time of an action that may be tried several times", () => {
    const block = retry(3, sequence("deploy", "", [step("unpack")]))
    expect(secondsOf({}, { timeout: 90 }, block)).toEqual({ deploy: 90, unpack: 30 })
  })

  it("settles each action's connection timeout, the one of its name over the job's", () => {
    const plan = makePlan(
      [{ action: sequence("boot", "", [step("connect"), step("login")]), timeouts: {} }],
      { job: 100, connection: 20, connections: { login: 40 } },
    )
    expect(
      allActions(plan.blocks).map(({ name, connectionSeconds }) => [name, connectionSeconds]),
    ).toEqual([
      ["boot", 20],
      ["connect", 20],
      ["login", 40],
    ])
  })

  it("warns of limits for actions that there are not", () => {
    const { warnings } = makePlan(
      [{ action: sequence("boot", "", [step("login")]), timeouts: { actions: { logn: 5 } } }],
      { job: 100, actions: { boot: 5, bot: 5 }, device: { other: 5 }, named: ["login", "loggin"] },
    )
    expect(warnings).toEqual(
      ["bot", "logn", "loggin"].map(
        (name) => `the job sets a timeout for "${name}", but it has no action of this name`,
      ),
    )
  })

  it("refuses a limit that is longer than the job's", () => {
    expect(() => secondsOf({ job: 50 }, { timeout: 60 })).toThrow(
      "the timeout of deploy (60 s) is longer than the job's (50 s)",
    )
  })

  it("never lets a child outlive its parent", () => {
    const seconds = fc.integer({ min: 1, max: 900 })
    const names = fc.constantFrom("deploy", "download", "unpack")
    const byName = fc.dictionary(names, seconds)
    const limits = fc.record({ action: seconds, actions: byName, device: byName })
    const timeouts = fc.record({ timeout: seconds, actions: byName })
    fc.assert(
      fc.property(limits, timeouts, (limit, block) => {
        const { deploy = 0, download = 0, unpack = 0 } = secondsOf(limit, block)
        expect(download).toBeLessThanOrEqual(deploy)
        expect(unpack).toBeLessThanOrEqual(deploy)
      }),
    )
  })
})
