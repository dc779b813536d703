import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { runJob } from "./dispatch-run.ts"
import { type EmulatedLab, startLab } from "./emulated-lab.ts"
import { expectPass } from "./outcome.ts"
import { smallJob } from "./small-job.ts"

let lab: EmulatedLab

beforeAll(async () => {
  const images = ["pxelinux", "master-amd64", "installed-amd64"]
  lab = await startLab(["x86-01", "x86-pxelinux-01"], images)
}, 1_800_000)

afterAll(() => lab?.stop())

describe("a job on an x86 whose console is a telnet server", () => {
  it.each([
    ["x86-01", "iPXE", { transfer: "http" }],
    ["x86-pxelinux-01", "PXELINUX", { transfer: "netcat", installed: true }],
  ] as const)("%s deploys, boots and tests by %s", async (machine, loader, changes) => {
    const ended = await runJob({ job: smallJob({ arch: "amd64", ...changes }), lab, machine })
    expectPass(ended)
    expect(ended.console).toContain(loader)
  })
})
