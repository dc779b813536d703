import { existsSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { testOf } from "./actions/run-on-board.ts"
import { silent } from "./cli/board-lab.ts"
import { rolesJob, runRoles, twoBoards } from "./two-boards.ts"

const raise = ["lava-test-raise the-build-broke"]

/** How each node ended, by its name. */
const statuses = ({ nodes = [] }: Awaited<ReturnType<typeof runRoles>>) =>
  Object.fromEntries(nodes.map(({ node, status }) => [node, status]))

describe("a job with roles", () => {
  it("runs its roles at once, each on its device, and tells them apart", async () => {
    const lab = await twoBoards()
    const job = rolesJob(
      [
        testOf(["lava-test-case hello --result pass"], "both"),
        testOf([`lava-test-case "$WHO" --result pass`], "alone", { role: "prod" }),
      ],
      { prod: { environment: { WHO: "me" } } },
    )
    const run = await runRoles(lab, job)
    expect(run).toMatchObject({ status: "complete", device: "one, two" })
    expect(statuses(run)).toEqual({ dev2: "complete", prod: "complete" })
    const cases = run.cases.flatMap(({ node, suite, case: name }) =>
      suite === "lava" ? [] : [`${node} ${suite} ${name}`],
    )
    expect(cases.toSorted()).toEqual(["dev2 0_both hello", "prod 0_both hello", "prod 1_alone me"])
    for (const node of ["dev2", "prod"]) {
      expect(existsSync(join(lab.directory, "records", node, "uart0.log"))).toBe(true)
    }
    expect([lab.boards.one.powered, lab.boards.two.powered]).toEqual([false, false])
    // Both were at work at the same time.
    const at = (type: string, node: string) =>
      run.events.findIndex((e) => e.type === type && e.node === node)
    expect(at("action-started", "prod")).toBeLessThan(at("node-ended", "dev2"))
    expect(at("action-started", "dev2")).toBeLessThan(at("node-ended", "prod"))
  })

  it("ends the others at once when an essential role fails, with its reason", async () => {
    const lab = await twoBoards()
    const job = rolesJob(
      [testOf(raise, "build", { role: "dev2" }), testOf(["sleep 60"], "wait", { role: "prod" })],
      { dev2: { essential: true } },
    )
    const start = performance.now()
    const run = await runRoles(lab, job)
    expect(performance.now() - start).toBeLessThan(20_000)
    expect(run).toMatchObject({ status: "incomplete", error: { _tag: "TestError", device: "one" } })
    expect(statuses(run)).toEqual({ dev2: "incomplete", prod: "canceled" })
    const prod = run.nodes?.find(({ node }) => node === "prod")
    expect(prod?.error?.message).toMatch(
      /^ended at once, since dev2 \(one\) failed.*the-build-broke/,
    )
    expect([lab.boards.one.powered, lab.boards.two.powered]).toEqual([false, false])
  })

  it("keeps what failed first apart from what failed for it, where all roles are essential", async () => {
    const lab = await twoBoards()
    const transfer = { from: { role: "dev2", path: "/a" }, to: { role: "prod", path: "/b" } }
    const essential = { dev2: { essential: true }, prod: { essential: true } }
    const job = rolesJob([testOf(raise, "build", { role: "dev2" }), { transfer }], essential)
    const run = await runRoles(lab, job)
    expect(run).toMatchObject({ status: "incomplete", error: { _tag: "TestError", device: "one" } })
    expect(statuses(run)).toEqual({ dev2: "incomplete", prod: "canceled" })
  })

  it("goes on with the others when a role fails that is not essential", async () => {
    const lab = await twoBoards({ one: silent })
    const boot = { timeouts: { job: { minutes: 2 }, action: { seconds: 3 } } }
    const job = rolesJob(
      [
        testOf(["lava-test-case late --result pass"], "prod", {
          role: "prod",
          timeout: { minutes: 1 },
        }),
      ],
      boot,
    )
    const run = await runRoles(lab, job)
    expect(run).toMatchObject({ status: "incomplete", error: { device: "one" } })
    expect(statuses(run)).toEqual({ dev2: "incomplete", prod: "complete" })
    expect(run.cases).toContainEqual(expect.objectContaining({ node: "prod", case: "late" }))
  })

  it("switches all its devices off when it is canceled", async () => {
    const lab = await twoBoards()
    const waits = rolesJob([testOf(["sleep 60"], "wait")])
    const run = await runRoles(lab, waits, (event, cancel) => {
      if (event.type === "action-started" && event.name === "lava-test-shell") cancel()
    })
    expect(run).toMatchObject({ status: "canceled", error: { message: "the job was canceled" } })
    expect(statuses(run)).toEqual({ dev2: "canceled", prod: "canceled" })
    expect([lab.boards.one.powered, lab.boards.two.powered]).toEqual([false, false])
  })

  it("takes distinct devices for a role with several", async () => {
    const lab = await twoBoards()
    const roles = { pair: { device_type: "generic", count: 2 } }
    const run = await runRoles(lab, {
      ...rolesJob([testOf(["lava-test-case hello --result pass"], "both")]),
      protocols: { "lava-multinode": { roles } },
    })
    expect(run.status).toBe("complete")
    expect(statuses(run)).toEqual({ "pair.1": "complete", "pair.2": "complete" })
    expect(run.nodes?.map(({ device }) => device).toSorted()).toEqual(["one", "two"])
  })

  it("waits for another job with the same devices, and neither for ever", async () => {
    const lab = await twoBoards()
    const hello = testOf(["lava-test-case hello --result pass"], "both")
    const timeouts = { job: { minutes: 2 }, action: { minutes: 1 }, queue: { minutes: 1 } }
    const swapped = { dev2: { device: "two" }, prod: { device: "one" } }
    const runs = await Promise.all([
      runRoles(lab, rolesJob([hello], { timeouts })),
      runRoles(lab, rolesJob([hello], { timeouts, ...swapped })),
    ])
    expect(runs.map(({ status }) => status)).toEqual(["complete", "complete"])
    expect(runs.flatMap(({ messages }) => messages).join("\n")).toMatch(
      /(one|two) is in use by the job "two roles", process \d+: waiting until it is free/,
    )
  })
})
