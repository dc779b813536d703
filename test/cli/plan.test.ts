import { describe, expect, it } from "vitest"
import { job } from "./board-lab.ts"
import { cli, directoryWith, dispatch, start } from "./command.ts"

const lab = (power: object = { on: ["true"], off: ["pduclient", "--off", "3"] }) => ({
  devices: { "board-01": { device_type: "generic", power } },
})

describe("dispatch plan", () => {
  it("shows each action with its level, time limit and what it runs, aligned", async () => {
    const [boot, test] = job.actions
    const tried = { ...job, actions: [{ boot: { ...boot?.boot, failure_retry: 3 } }, test] }
    const cwd = directoryWith({ "lab.json": lab(), "job.json": tried })
    const { code, stdout, stderr } = await dispatch(["plan", "job.json"], { cwd })
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" })
    const [title, empty, ...lines] = stdout.trimEnd().split("\n")
    expect(title).toBe("ten instant tests on board-01 (generic), 5 min at most")
    expect(empty).toBe("")
    expect(lines[0]).toMatch(/^1 {4}minimal-boot {9}1 min {2}3 tries {2}\S/)
    expect(lines[1]).toMatch(/^1\.1 {4}connect-device {6}20 s {11}open the device's console$/)
    expect(stdout).toMatch(/^ +› by the command "pduclient --off 3"$/m)
    expect(lines.at(-1)).toMatch(/^3 {4}finalize .*\(however the job ends\)$/)
    // Descriptions begin in one column.
    const column = lines[0]?.indexOf("log in") ?? -1
    expect(lines[1]?.indexOf("open the device")).toBe(column)
  })

  it("answers programs in JSON", async () => {
    const cwd = directoryWith({ "lab.json": lab(), "job.json": job })
    const { code, stdout } = await dispatch(["plan", "job.json", "-f", "json"], { cwd })
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({
      job: "ten instant tests",
      device: "board-01",
      deviceType: "generic",
      timeoutSeconds: 300,
      actions: [
        {
          level: "1",
          name: "minimal-boot",
          timeoutSeconds: 60,
          children: [{ level: "1.1" }, {}, {}],
        },
        { level: "2", name: "lava-test-retry" },
        { level: "3", name: "finalize", always: true },
      ],
    })
  })

  it("warns of a time limit for an action that the job does not have", async () => {
    const timeouts = { ...job.timeouts, actions: { "no-such-action": { seconds: 5 } } }
    const cwd = directoryWith({ "lab.json": lab(), "job.json": { ...job, timeouts } })
    const { stdout } = await dispatch(["plan", "job.json"], { cwd })
    expect(stdout).toMatch(
      /\n\n\S the job sets a timeout for "no-such-action", but it has no action/,
    )
  })

  it("does not show the job's secrets", async () => {
    const secret = { ...job, secrets: { TOKEN: "pduclient" } }
    const cwd = directoryWith({ "lab.json": lab(), "job.json": secret })
    const { stdout } = await dispatch(["plan", "job.json"], { cwd })
    expect(stdout).toContain('by the command "[MASKED] --off 3"')
    expect(stdout).not.toContain("pduclient")
  })

  it("finds the lab file by --lab, by $LAB_DISPATCH_LAB, or here", async () => {
    const cwd = directoryWith({
      "job.json": job,
      "elsewhere/lab.json": lab(),
      "empty/job.json": job,
    })
    const missing = await dispatch(["plan", "job.json"], { cwd })
    expect(missing.code).toBe(2)
    expect(missing.stderr).toMatch(/^error: there is no lab file: give one by --lab FILE/)
    const env = { LAB_DISPATCH_LAB: "elsewhere/lab.json" }
    expect(await dispatch(["plan", "job.json"], { cwd, env })).toMatchObject({ code: 0 })
    const given = ["plan", "job.json", "--lab", "gone.json"]
    const gone = await dispatch(given, { cwd, env })
    expect(gone).toMatchObject({ code: 2, stderr: "gone.json: cannot be read: no such file\n" })
  })

  it("reads a job from a pipe", async () => {
    const cwd = directoryWith({ "lab.json": lab(), "job.json": job })
    const command = `"$0" "$1" plan <(cat job.json)`
    const { child, ended } = start("bash", ["-c", command, process.execPath, cli], { cwd })
    child.stdin?.end()
    expect(await ended).toMatchObject({ code: 0, stderr: "" })
  })

  it("tells the job's mistakes where there is no lab", async () => {
    const cwd = directoryWith({ "job.json": '{"job_name": "x",\n "actions": 1}' })
    const { code, stderr } = await dispatch(["plan", "job.json"], { cwd })
    expect(code).toBe(2)
    expect(stderr).toContain("job.json:2:13 actions: expected a list, found 1")
  })

  it("names the devices there are, where the one asked for is not", async () => {
    const cwd = directoryWith({ "lab.json": lab(), "job.json": job })
    const { code, stderr } = await dispatch(["plan", "job.json", "--device", "board-1"], { cwd })
    expect(code).toBe(2)
    expect(stderr).toMatch(/^error: no such device: "board-1"; did you mean "board-01"\?/)
  })
})
