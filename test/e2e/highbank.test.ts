import { describe, expect, it } from "vitest"
import { type EndedRun, runJob } from "./dispatch-run.ts"
import { buildDeb } from "./build-deb.ts"
import { lab, machine } from "./highbank-lab.ts"
import { expectFailure, expectPass, resultOf } from "./outcome.ts"
import { whenCame, whenSaid } from "./recording.ts"
import { type SmallJob, smallJob } from "./small-job.ts"

/** Runs the small job with changes. */
const run = (changes: SmallJob): Promise<EndedRun> =>
  runJob({ job: smallJob(changes), lab, machine })

describe("a job on highbank", () => {
  it.each(["http", "netcat"] as const)("deploys, boots and tests by %s", async (transfer) => {
    const dependent = await buildDeb(lab.directory, `needs-${transfer}`, transfer)
    const ended = await run({
      transfer,
      around: [dependent, await buildDeb(lab.directory, transfer)],
    })
    expectPass(ended)
    expect(ended.console).toContain(`Setting up needs-${transfer} (1)`)
    expect(ended.console).toContain("U-Boot 2023")
    expect(ended.console).toContain("update-initramfs: Generating")
  })

  it("boots its master image and what it deployed by commands typed to U-Boot", async () => {
    const typed = await lab.changed("typed", (description) => ({
      ...description,
      devices: {
        [machine]: {
          ...description.devices[machine],
          parameters: { master: { u_boot_commands: "master" } },
        },
      },
    }))
    const boot = { method: "u-boot", commands: "network" }
    const ended = await runJob({ job: smallJob({ installed: true, boot }), lab: typed, machine })
    expectPass(ended)
    expect(ended.console).toContain("bootm ${kernel_addr_r}")
    expect(ended.console).toContain("bootz ${kernel_addr_r}")
  })

  it("says what a kernel package that does not install has said", async () => {
    expectFailure(await run({ kernel: "kernel-broken-armhf.deb" }), {
      exitCode: 1,
      type: "Job",
      message: /dpkg -i kernel-broken-armhf\.deb failed with 1: .*This postinst fails on purpose/,
    })
  })

  it("refuses a wrong checksum before the board is touched", async () => {
    const ended = await run({ kernelKeys: { sha256sum: "0".repeat(64) } })
    expectFailure(ended, { exitCode: 1, type: "Job", message: /sha256.*0000/ })
    expect(ended.console).toBe("")
  })

  it("notices a board that resets in a test", async () => {
    const ended = await run({ installed: true, steps: ["sync; reboot -f", "sleep 60"] })
    expectFailure(ended, { exitCode: 1, type: "Test", message: /U-Boot 2023/ })
  })

  it("says that a password is wrong", async () => {
    expectFailure(await run({ installed: true, password: "wrong" }), {
      exitCode: 1,
      type: "Job",
      message: /refused the login of "root"/,
    })
  })
})

describe("a kernel panic", () => {
  /** Expects that the job said what happened when the last line of the panic had come, or soon after. */
  const expectNamedAtOnce = async ({ directory }: EndedRun) => {
    const came = await whenCame(directory, "---[ end Kernel panic")
    const named = await whenSaid(directory, "error", /Kernel panic - not syncing/)
    expect(named - came).toBeLessThan(2000)
  }

  it("at boot is named within two seconds of its last line", async () => {
    const ended = await run({ kernel: "kernel-panic-armhf.deb" })
    expectFailure(ended, { exitCode: 1, type: "Job", message: /Kernel panic - not syncing/ })
    await expectNamedAtOnce(ended)
  })

  it("during a test is named within two seconds of its last line", async () => {
    const panic = "sync; echo c > /proc/sysrq-trigger"
    const steps = ["lava-test-case before --result pass", panic, "sleep 60"]
    const ended = await run({ installed: true, steps })
    expectFailure(ended, { exitCode: 1, type: "Test", message: /Kernel panic - not syncing/ })
    await expectNamedAtOnce(ended)
    expect(resultOf(ended, "0_small", "before")).toMatchObject({ result: "pass" })
    expect(resultOf(ended, "lava", "0_small")).toMatchObject({ result: "fail" })
  })
})
