import { readFileSync } from "node:fs"
import { expect, it } from "vitest"
import { directoryWith, dispatch, writeFiles } from "../cli/command.ts"

const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8")
const [job = "", lab = "", ssh = "", deviceType = ""] = Array.from(
  readme.matchAll(/```json\n(.*?)```/gs),
  ([, text]) => text,
)

it("the README's files are right, and its mistake is told as it says", async () => {
  const withSsh = JSON.parse(lab) as { devices: { "highbank-01": Record<string, unknown> } }
  const device = { ...withSsh.devices["highbank-01"], device_type: "my-highbank" }
  const cwd = directoryWith({ "job.json": job, "lab.json": lab })
  writeFiles(cwd, {
    "ssh-lab.json": { devices: { "by-ssh": { ...device, console: JSON.parse(ssh) as object } } },
    "device-types/my-highbank.json": deviceType,
  })
  const files = ["job.json", "lab.json", "ssh-lab.json", "device-types/my-highbank.json"]
  const valid = await dispatch(["validate", ...files], { cwd })
  expect(valid).toMatchObject({ code: 0, stderr: "" })
  expect(await dispatch(["plan", "job.json"], { cwd })).toMatchObject({ code: 0 })

  const transfer = '"compression": "gz" },\n        "transfer_method": "htp",'
  writeFiles(cwd, { "job.json": job.replace('"compression": "gz" },', transfer) })
  const { stdout } = await dispatch(["validate", "job.json"], { cwd })
  expect(readme).toContain(stdout)
  expect(stdout).toMatch(/^job\.json:\d+/)
})
