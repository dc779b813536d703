import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { runJob } from "./dispatch-run.ts"
import { type EmulatedLab, startLab } from "./emulated-lab.ts"
import { readExample } from "./example.ts"
import { expectFailure, expectPass, resultOf } from "./outcome.ts"
import { type SmallJob, smallJob } from "./small-job.ts"

const machine = "arm-virt-01"
let lab: EmulatedLab

beforeAll(async () => {
  lab = await startLab([machine], ["uboot-arm-virt", "disk-arm-virt", "installed-armhf"])
}, 1_800_000)

afterAll(() => lab?.stop())

const job = (changes: SmallJob = {}) =>
  smallJob({
    deviceType: "arm-virt",
    installed: true,
    boot: { method: "u-boot", commands: "disk" },
    ...changes,
  })

describe("a development board with a master image in a partition", () => {
  it("is back in its master after a system that does not come up", async () => {
    const ended = await runJob({ job: job({ kernelArgs: "init=/bin/false" }), lab, machine })
    expectFailure(ended, {
      exitCode: 1,
      type: "Job",
      message: /^the deployed system did not come up: .*panic.*; the board is back in its master/s,
    })
    expect(resultOf(ended, "lava", "return-to-master")).toMatchObject({ result: "pass" })
  })

  it("runs the next job, which boots what it deployed", async () => {
    const ended = await runJob({ job: await readExample("arm-virt-partition"), lab, machine })
    expectPass(ended)
    expect(ended.console).toContain("Retrieving file: /extlinux/extlinux.conf")
    expect(ended.console).toContain("load virtio 0:3 0x40400000 /boot/vmlinuz-")
  })

  it("takes its master from the network by one key of its parameters", async () => {
    const url = (file: string) => ({ url: `package://master-armhf/${file}` })
    const master = {
      partition: null,
      kernel: url("zImage"),
      initrd: url("initrd.gz"),
      kernel_args: "console=ttyAMA0,115200 quiet cryptomgr.notests norandmaps",
      u_boot_commands: "network",
    }
    const network = await lab.changed("network", (description) => ({
      ...description,
      devices: { [machine]: { ...description.devices[machine], parameters: { master } } },
    }))
    const ended = await runJob({ job: job(), lab: network, machine })
    expectPass(ended)
    expect(ended.console).not.toContain("extlinux.conf")
  })
})
