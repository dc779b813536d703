import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { boardLab } from "./board-lab.ts"
import { directoryWith, dispatch } from "./command.ts"

const old = {
  job_name: "an old job",
  device_type: "generic",
  timeout: 60,
  health_check: true,
  actions: [
    { command: "boot_linaro_image", parameters: { test_image_prompt: "# $" } },
    {
      command: "lava_command_run",
      parameters: {
        commands: ["WHERE=/", "cd $WHERE", "test $PWD = /", "false", "echo memory : PASS"],
      },
    },
  ],
}

/** A board with a real shell. */
const script = {
  name: "a shell",
  on_power: [{ state: "shell" }],
  states: { shell: { prompt: "# ", shell: true as const } },
}

describe("dispatch convert", () => {
  it("prints a job that can be used, with what changed in comments", async () => {
    const cwd = directoryWith({ "old.json": old })
    const { code, stdout, stderr } = await dispatch(["convert", "old.json"], { cwd })
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" })
    expect(stdout).toMatch(/^# Translated from old.json \(LAVA v1\)/)
    expect(stdout).toMatch(/# 5:\d+ health_check: is not kept: /)
    writeFileSync(join(cwd, "new.yaml"), stdout)
    expect(await dispatch(["validate", "new.yaml", "old.json"], { cwd })).toMatchObject({ code: 0 })
  })

  it("prints JSON, and what changed beside it", async () => {
    const cwd = directoryWith({ "old.json": old })
    const { code, stdout, stderr } = await dispatch(["convert", "old.json", "-f", "json"], { cwd })
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ job_name: "an old job", visibility: "public" })
    expect(stderr).toMatch(/old\.json:5:\d+ health_check: is not kept/)
  })

  it("refuses what it cannot translate, and what is no old job, with a place", async () => {
    const android = { ...old, actions: [{ command: "deploy_linaro_android_image" }] }
    const cwd = directoryWith({
      "android.json": android,
      "new.json": { job_name: "x", actions: [] },
    })
    const refused = await dispatch(["convert", "android.json"], { cwd })
    expect(refused).toMatchObject({ code: 2, stdout: "" })
    expect(refused.stderr).toMatch(/android\.json:8:\d+ actions\[0\]\.command: .*to: fastboot/)
    const none = await dispatch(["convert", "new.json"], { cwd })
    expect(none).toMatchObject({ code: 2, stdout: "" })
    expect(none.stderr).toContain("there is nothing to convert")
  })

  it("converts a template, which nobody can run", async () => {
    const template = { ...old, job_name: "{job_name}" }
    const cwd = directoryWith({ "template.json": template })
    const { code, stdout } = await dispatch(["convert", "template.json"], { cwd })
    expect(code).toBe(0)
    expect(stdout).toContain("a template with 1 place to fill in")
    const validated = await dispatch(["validate", "template.json"], { cwd })
    expect(validated.code).toBe(2)
    expect(validated.stdout).toMatch(/template\.json:2:15 job_name: .*yet to be filled in/)
  })
})

describe("dispatch OLD.json", () => {
  it("runs a job of LAVA v1 and tells what it has lost", async () => {
    const { directory: cwd } = await boardLab({ script, files: { "old.json": old } })
    const { code, stdout } = await dispatch(["old.json", "-o", "out"], { cwd })
    expect(stdout).toMatch(/old\.json:5:\d+ health_check: is not kept/)
    expect(stdout).toMatch(/command-3 +pass/)
    expect(stdout).toMatch(/command-4 +fail/)
    expect(stdout).toMatch(/memory +pass/)
    expect(code).toBe(1)
  })

  it("writes its results as a bundle; a dashboard that is not there fails the lab", async () => {
    const parameters = { server: "http://127.0.0.1:1/RPC2/", stream: "/anonymous/x/" }
    const actions = [...old.actions.slice(0, 1), { command: "submit_results", parameters }]
    const files = { "old.json": { ...old, actions } }
    const { directory: cwd } = await boardLab({ script, files })
    const { code, stderr } = await dispatch(["old.json", "-o", "out"], { cwd })
    expect(stderr).toContain("the results could not be posted to http://127.0.0.1:1/RPC2/")
    expect(code).toBe(3)
    const bundle = JSON.parse(readFileSync(join(cwd, "out/bundle.json"), "utf8")) as object
    expect(bundle).toMatchObject({
      format: "Dashboard Bundle Format 1.7.1",
      test_runs: [{ test_id: "lava", attributes: { target: "board-01" } }],
    })
  })
})
