import * as Effect from "effect/Effect"
import { expect, it } from "vitest"
import { parse } from "yaml"
import { action, retry, sequence } from "../../../src/core/pipeline/action.ts"
import { describeActions, makePlan } from "../../../src/core/pipeline/plan.ts"
import { description } from "../../../src/core/report/description.ts"

const run = Effect.void
const login = action({ name: "login-action", description: "log in", timeoutSeconds: 20, run })
const boot = sequence("minimal-boot", "boot", [retry(2, login)])
const plan = describeActions(
  makePlan([{ action: boot, timeouts: { timeout: 60 } }], { job: 100 }).blocks,
)
const job = { type: "job-started", job: "j", jobId: "1", device: "d", deviceType: "t" } as const
const pipeline = [
  {
    description: "boot",
    level: "1",
    max_retries: 1,
    name: "minimal-boot",
    pipeline: [
      {
        description: "log in",
        level: "1.1",
        max_retries: 2,
        name: "login-action",
        summary: "log in",
        timeout: 20,
      },
    ],
    summary: "boot",
    timeout: 60,
  },
]

it("describes a plan as LAVA does", () => {
  expect(parse(description({ ...job, actions: 1, plan }))).toEqual({ compatibility: 4, pipeline })
})

it("describes the plan of each node", () => {
  const node = { node: "server-0", role: "server", device: "d", deviceType: "t", plan }
  expect(parse(description({ ...job, actions: 1, nodes: [node] }))).toEqual({
    compatibility: 4,
    nodes: { "server-0": { pipeline } },
  })
})
