import { afterAll, beforeAll, expect, it } from "vitest"
import { runJob } from "./dispatch-run.ts"
import { type EmulatedLab, startLab } from "./emulated-lab.ts"
import { readExample } from "./example.ts"
import { expectPass } from "./outcome.ts"

const machine = "vexpress-01"
let lab: EmulatedLab

beforeAll(async () => {
  lab = await startLab([machine], ["uboot-vexpress", "disk-vexpress", "installed-armhf"])
}, 1_800_000)

afterAll(() => lab?.stop())

it("a board with its partitions on an SD card boots what was deployed from a boot partition", async () => {
  const ended = await runJob({ job: await readExample("vexpress-partition"), lab, machine })
  expectPass(ended)
  expect(ended.console).toContain("load mmc 0:2 0x60000000 /dtb-")
}, 600_000)
