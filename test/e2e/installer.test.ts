import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { runJob } from "./dispatch-run.ts"
import { type EmulatedLab, startLab } from "./emulated-lab.ts"
import { readExample } from "./example.ts"

const machine = "x86-01"
let lab: EmulatedLab

beforeAll(async () => {
  lab = await startLab([machine], ["debian-installer-amd64"])
}, 1_800_000)

afterAll(() => lab?.stop())

describe("jobs/x86-installer.json", () => {
  it("installs Debian by its own installer from this machine's mirror, and boots it from the disk", async () => {
    const started = Date.now()
    const ended = await runJob({ job: await readExample("x86-installer"), lab, machine })
    const minutes = ((Date.now() - started) / 60_000).toFixed(1)
    process.stdout.write(`jobs/x86-installer.json: ${minutes} min\n`)
    expect(ended.exitCode, ended.output).toBe(0)
    expect(ended.results.filter(({ result }) => result !== "pass")).toEqual([])
    const names = ended.results.map((each) => each["case"])
    expect(names).toEqual(expect.arrayContaining(["root-is-on-disk", "boots-by-grub", "packages"]))
  })
})
