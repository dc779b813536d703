import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { runJob } from "./dispatch-run.ts"
import { type EmulatedLab, startLab } from "./emulated-lab.ts"
import { expectPass } from "./outcome.ts"
import { smallJob } from "./small-job.ts"

const machine = "uefi-01"
let lab: EmulatedLab

beforeAll(async () => {
  lab = await startLab([machine], ["uefi", "master-amd64", "installed-amd64"])
}, 1_800_000)

afterAll(() => lab?.stop())

describe("a PC with UEFI firmware and GRUB", () => {
  it("boots by typed commands, also where GRUB and the firmware tear characters from each other", async () => {
    const linux = "linux (http,{SERVER_IP}:{HTTP_PORT})/{KERNEL} {BOOTARGS}"
    const commands = [
      // From here on two programs read the one UART, and what is typed at once comes in any order.
      "serial --unit=0 --speed=115200",
      "terminal_input console serial",
      linux,
      "initrd (http,{SERVER_IP}:{HTTP_PORT})/{RAMDISK}",
      "boot",
    ]
    const job = smallJob({ arch: "amd64", installed: true, boot: { method: "grub", commands } })
    const ended = await runJob({ job, lab, machine })
    expectPass(ended)
    // Nobody said how slowly to type: the line was typed again, in smaller pieces, until its echo was right.
    const told = ended.output.match(/» linux .*root=UUID/g)
    expect(told?.length).toBeGreaterThan(1)
  })
})
