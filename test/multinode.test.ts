import { describe, expect, it } from "vitest"
import { testOf } from "./actions/run-on-board.ts"
import { type RolesRun, rolesJob, runRoles, twoBoards } from "./two-boards.ts"

const cache = "/tmp/lava_multi_node_cache.txt"

/** The test cases of a node with their results, in order. */
const casesOf = ({ cases }: RolesRun, node: string): ReadonlyArray<string> =>
  cases.flatMap((each) =>
    each.node === node && each.suite !== "lava" ? [`${each.case} ${each.result}`] : [],
  )

/** Steps for the role dev2 and for prod, at once. */
const both = (dev2: ReadonlyArray<string>, prod: ReadonlyArray<string>) => [
  testOf(dev2, "dev2", { role: "dev2" }),
  testOf(prod, "prod", { role: "prod" }),
]

describe("the tests of a job with roles", () => {
  it("send, wait and meet, each call a test case, with what was sent in the cache", async () => {
    const job = rolesJob(
      both(
        [
          "lava-send up port=80 'text=hello there'",
          "for i in 1 2 3; do lava-sync step; done",
          "lava-wait-all done prod",
          `lava-test-case answer --shell grep -x prod:answer=42 ${cache}`,
        ],
        [
          "lava-wait up",
          `lava-test-case port --shell grep -x dev2:port=80 ${cache}`,
          `lava-test-case text --shell grep -x "dev2:text=hello there" ${cache}`,
          "for i in 1 2 3; do lava-sync step; done",
          "lava-send done answer=42",
          'lava-test-case who --shell [ "$(lava-self)/$(lava-role)/$(lava-group dev2)" = prod/prod/dev2 ]',
        ],
      ),
    )
    const run = await runRoles(await twoBoards(), job)
    expect({ status: run.status, error: run.error }).toEqual({
      status: "complete",
      error: undefined,
    })
    const syncs = Array.from({ length: 3 }, () => "multinode-sync-step pass")
    expect(casesOf(run, "dev2")).toEqual([
      "multinode-send-up pass",
      ...syncs,
      "multinode-wait_all-done pass",
      "answer pass",
    ])
    expect(casesOf(run, "prod")).toEqual([
      "multinode-wait-up pass",
      "port pass",
      "text pass",
      ...syncs,
      "multinode-send-done pass",
      "who pass",
    ])
  })

  it("fail a wait when the role's time is over, and go on where they like", async () => {
    const job = rolesJob(
      both(
        ["lava-wait never || lava-test-case went-on --result pass", "lava-send end"],
        ["lava-wait end", "lava-wait-all end nobody || true"],
      ),
      { dev2: { timeout: { seconds: 1 } } },
    )
    const run = await runRoles(await twoBoards(), job)
    expect(run.status).toBe("complete")
    expect(casesOf(run, "dev2")).toEqual([
      "multinode-wait-never fail",
      "went-on pass",
      "multinode-send-end pass",
    ])
    expect(run.cases).toContainEqual(
      expect.objectContaining({
        node: "dev2",
        case: "multinode-wait-never",
        errorType: "MultinodeTimeout",
        errorMessage: 'waited 1 s for "never": prod did not come so far',
      }),
    )
    expect(run.cases).toContainEqual(
      expect.objectContaining({
        case: "multinode-wait_all-end",
        result: "fail",
        errorMessage: "there is no role nobody, but dev2, prod",
      }),
    )
  })

  it("fail at once when the other dies, with its reason", async () => {
    const job = rolesJob(both(["lava-test-raise the-board-broke"], ["lava-sync met"]))
    const start = performance.now()
    const run = await runRoles(await twoBoards(), job)
    expect(performance.now() - start).toBeLessThan(30_000)
    expect(run.cases).toContainEqual(
      expect.objectContaining({
        node: "prod",
        case: "multinode-sync-met",
        result: "fail",
        errorMessage: expect.stringMatching(
          /^waited for all to sync "met", but dev2 failed: .*the-board-broke/,
        ),
      }),
    )
  })

  it("fail what is still awaited when the block's time is over", async () => {
    const job = rolesJob([
      testOf(["lava-wait never"], "prod", { role: "prod", timeout: { seconds: 8 } }),
      testOf(["lava-wait neither || true"], "dev2", { role: "dev2" }),
    ])
    const run = await runRoles(await twoBoards(), job)
    expect(run.status).toBe("incomplete")
    expect(casesOf(run, "prod")).toEqual(["multinode-wait-never fail"])
  })
})
