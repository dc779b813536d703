import { readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { testOf } from "../actions/run-on-board.ts"
import { rolesJob, twoBoards } from "../two-boards.ts"
import { dispatch, startDispatch, writeFiles } from "./command.ts"

/** A directory with a lab of two boards and a job for both. */
const labWith = async (job: object) => {
  const { directory, boards } = await twoBoards()
  writeFiles(directory, { "job.json": job })
  return { cwd: directory, boards }
}

describe("dispatch, with a job for several devices", () => {
  it("says where the job asks for a device that there is not", async () => {
    const { cwd } = await labWith(rolesJob([], { prod: { device: "three" } }))
    for (const command of [["plan", "job.json"], ["job.json"]]) {
      const { code, stderr } = await dispatch(command, { cwd })
      expect(code).toBe(2)
      expect(stderr).toMatch(
        /^job\.json:\d+:\d+ protocols\.lava-multinode\.roles\.prod\.device: no such device: "three"; there are one, two/m,
      )
    }
  })

  it("says that one device is not enough", async () => {
    const { cwd } = await labWith(rolesJob([]))
    const { code, stderr } = await dispatch(["job.json", "--device", "one"], { cwd })
    expect(code).toBe(2)
    expect(stderr).toContain("the job has roles, which cannot all be on one")
  })

  it("shows the plan of each", async () => {
    const { cwd } = await labWith(rolesJob([testOf(["true"], "alone", { role: "prod" })]))
    const { stdout } = await dispatch(["plan", "job.json"], { cwd })
    expect(stdout).toContain("two roles, dev2, on one (generic), 2 min at most")
    expect(stdout).toContain("two roles, prod, on two (generic), 2 min at most")
    const [dev2, prod] = stdout.split("two roles, prod")
    expect(dev2).not.toContain("lava-test-shell")
    expect(prod).toContain("lava-test-shell")
    const json = await dispatch(["plan", "job.json", "-f", "json"], { cwd })
    const { nodes } = JSON.parse(json.stdout) as { nodes: ReadonlyArray<Record<string, unknown>> }
    expect(nodes.map(({ node, role, device }) => [node, role, device])).toEqual([
      ["dev2", "dev2", "one"],
      ["prod", "prod", "two"],
    ])
  })

  it("tells the nodes apart in all that it writes", async () => {
    const { cwd } = await labWith(rolesJob([testOf(["lava-test-case same --shell true"], "both")]))
    const { code, stdout } = await dispatch(["job.json", "-o", "out"], { cwd })
    expect(code).toBe(0)
    expect(stdout).toMatch(/ dev2 ✔ 0_both\/same pass/)
    expect(stdout).toMatch(/ prod ✔ 0_both\/same pass/)
    expect(stdout).toMatch(/dev2 on one: complete in/)
    const read = (name: string) => readFileSync(join(cwd, "out", name), "utf8")
    const results = JSON.parse(read("results.json")) as ReadonlyArray<Record<string, unknown>>
    const named = results.map(
      ({ node = "", definition, case: name }) =>
        `${String(node)} ${String(definition)} ${String(name)}`,
    )
    for (const node of ["dev2", "prod"]) {
      expect(named.filter((each) => each === `${node} 0_both same`)).toHaveLength(1)
      expect(named).toContain(`${node} lava job`)
      expect(read("junit.xml")).toContain(`<testsuite name="${node}/0_both"`)
      expect(read(`${node}/uart0.log`)).toContain("root@board:~# ")
      expect(read("logs.yaml")).toContain(`"lvl": "target", "msg": "Password: ", "node": "${node}"`)
    }
    expect(named.at(-1)).toBe(" lava job")
    // Where its lines stand: the two cases of one name are not mixed up.
    const same = results.filter((each) => each["case"] === "same")
    const log = read("logs.yaml").split("\n")
    for (const { node, starttc } of same) {
      expect(log[Number(starttc)]).toContain(`"node": "${String(node)}"`)
    }
  })

  it("switches all devices off at Ctrl-C", async () => {
    const { cwd, boards } = await labWith(rolesJob([testOf(["sleep 100"], "long")]))
    const run = startDispatch(["job.json", "-o", "out", "-f", "json"], { cwd })
    await run.sees(/"lava-test-shell".*"node":"prod"/)
    await run.sees(/"lava-test-shell".*"node":"dev2"/)
    run.child.kill("SIGINT")
    const { code, stdout } = await run.ended
    expect(code).toBe(130)
    expect(stdout).toContain("canceled: switching one and two off, then writing the results")
    expect([boards.one.powered, boards.two.powered]).toEqual([false, false])
  })
})
