import { readFileSync } from "node:fs"
import { join } from "node:path"
import { expect, it } from "vitest"
import { boardLab } from "./board-lab.ts"
import { directoryWith, dispatch, writeFiles } from "./command.ts"

const plugin = join(import.meta.dirname, "flashed-board.ts")

const job = (boot: object) => ({
  job_name: "flash it",
  device_type: "flashed",
  visibility: "public",
  timeouts: { job: { minutes: 2 }, action: { minutes: 1 } },
  actions: [{ boot: { method: "usb-flash", prompts: ["root@board:~# "], ...boot } }],
})

const auto_login = { login_prompt: "login:", username: "root" }

/** The lab of a board with a plugin that brings the method `usb-flash`. */
const flashedLab = async () => {
  const { directory, board } = await boardLab({
    files: { "device-types/flashed.json": { plugin: "flashed" } },
  })
  const lab = JSON.parse(readFileSync(join(directory, "lab.json"), "utf8"))
  lab.plugins = [plugin]
  lab.devices["board-01"].device_type = "flashed"
  writeFiles(directory, { "lab.json": lab })
  return { cwd: directory, board }
}

it("runs a job that names a method of a plugin", async () => {
  const { cwd, board } = await flashedLab()
  writeFiles(cwd, { "job.json": job({ image: { url: "lab.json" }, auto_login }) })
  const plan = await dispatch(["plan", "job.json"], { cwd })
  expect(plan).toMatchObject({ code: 0, stderr: "" })
  expect(plan.stdout).toMatch(/1\.2 +write-image .* write lab\.json/)
  const { code, stdout } = await dispatch(["job.json", "--format", "json"], { cwd })
  expect(stdout).toContain("wrote lab.json")
  expect(code).toBe(0)
  expect(board.powered).toBe(false)
})

it("tells the mistakes in a plugin's method with their places", async () => {
  const { cwd } = await flashedLab()
  writeFiles(cwd, { "job.json": job({ image: { url: "lab.json" }, imag: 1, auto_login }) })
  const { code, stdout } = await dispatch(["validate", "job.json", "--lab", "lab.json"], { cwd })
  expect(code).toBe(2)
  expect(stdout).toMatch(/^job\.json:\d+:\d+ actions\[0\]\.boot\.imag: unknown key/)
  const plan = await dispatch(["plan", "job.json"], { cwd })
  expect(plan.stderr).toContain(stdout.trim())
  writeFiles(cwd, { "job.json": job({ method: "usb-flsh" }) })
  const misspelt = await dispatch(["plan", "job.json"], { cwd })
  expect(misspelt.stderr).toContain('(did you mean "usb-flash"?)')
})

it("tells the job's mistakes and the lab's where the lab is wrong", async () => {
  const { cwd } = await flashedLab()
  writeFiles(cwd, {
    "job.json": { ...job({}), job_nam: 1 },
    "lab.json": { plugins: ["./gone.ts"], devices: {} },
  })
  const { stderr } = await dispatch(["plan", "job.json"], { cwd })
  expect(stderr).toMatch(/job\.json:\d+:\d+ job_nam: [^]*lab\.json:\d+:\d+ plugins\[0\]/)
})

it("prints the schema of jobs with the methods of a lab's plugins", async () => {
  const { cwd } = await flashedLab()
  const { stdout } = await dispatch(["schema", "job", "--lab", "lab.json"], { cwd })
  expect(stdout).toContain('"const": "usb-flash"')
  expect((await dispatch(["schema", "job"], { cwd })).stdout).not.toContain("usb-flash")
  const { code, stderr } = await dispatch(["schema", "lab", "--lab", "lab.json"], { cwd })
  expect(code).toBe(2)
  expect(stderr).toContain("leave --lab away")
})

it("refuses a method that there is already", async () => {
  const taken = (name: string, boot: string) => `
    import * as z from "${import.meta.resolve("zod")}"
    export default { name: "${name}", parameters: z.unknown(), methods: { boot: { ${boot}: z.strictObject({}) } } }`
  const cwd = directoryWith({
    "one.mjs": taken("one", "own"),
    "two.mjs": taken("two", "own"),
    "three.mjs": taken("three", "minimal"),
    "lab.json": { plugins: ["./one.mjs", "./two.mjs"], devices: {} },
    "builtin-lab.json": { plugins: ["./three.mjs"], devices: {} },
  })
  const { stdout } = await dispatch(["validate", "lab.json", "builtin-lab.json"], { cwd })
  expect(stdout).toMatch(
    /^lab\.json:\d+:\d+ plugins\[1\]: the plugin "two" brings a boot method "own"/,
  )
  expect(stdout).toMatch(/plugins\[0\]: the plugin "three" brings a boot method "minimal"/)
})
