import { describe, expect, it } from "vitest"
import { runJob, startJob } from "./dispatch-run.ts"
import { lab, machine } from "./highbank-lab.ts"
import { expectFailure, expectPass } from "./outcome.ts"
import { smallJob } from "./small-job.ts"

/** Needs U-Boot only: types commands of which one takes its time. */
const firmwareJob = {
  job_name: "commands typed to U-Boot",
  device_type: "highbank",
  visibility: "public",
  timeouts: { job: { minutes: 2 } },
  actions: [
    {
      boot: {
        method: "u-boot",
        commands: ["printenv ethaddr", "sleep 60", "reset"],
        prompts: ["# $"],
      },
    },
  ],
}
const dpkgJob = smallJob()
const installedJob = smallJob({
  installed: true,
  steps: ["lava-test-case before --result pass", "sleep 60"],
})

const action = (name: string) => String.raw`"action-started","level":"[\d.]+","name":"${name}"`

interface Phase {
  readonly job: object
  /** By which event it is known to have begun. */
  readonly event: string
  /** The results that there are by then. */
  readonly cases?: ReadonlyArray<string>
}

const phases: ReadonlyArray<readonly [name: string, Phase]> = [
  ["the firmware's prompt", { job: firmwareJob, event: action("bootloader-interrupt") }],
  ["a typed boot", { job: firmwareJob, event: '"direction":"input","line":"sleep 60"' }],
  [
    "the wait for the master image",
    { job: installedJob, event: `${action("wait-for-master")}[^]*Starting kernel` },
  ],
  ["the unpacking of the root file system", { job: installedJob, event: action("unpack-rootfs") }],
  ["the installation of the kernel", { job: dpkgJob, event: "Setting up linux-image" }],
  ["the boot", { job: installedJob, event: `${action("auto-login-action")}[^]*Starting kernel` }],
  [
    "the login",
    {
      job: installedJob,
      event: `${action("auto-login-action")}[^]*"direction":"input","line":"root"`,
    },
  ],
  ["the test", { job: installedJob, event: '"case":"before"', cases: ["before"] }],
]

describe.each(["SIGINT", "SIGTERM"] as const)("%s", (signal) => {
  it.each(phases)(
    "in %s leaves the board off and the results written",
    async (_name, { job, event, cases = [] }) => {
      const run = await startJob({ job, lab, machine, options: ["--format", "json"] })
      await run.sees(new RegExp(event))
      run.kill(signal)
      const ended = await run.ended()
      expectFailure(ended, { exitCode: 130, type: "Canceled", message: /canceled/ })
      const names = ended.results.map((each) => each["case"])
      expect(names).toEqual(expect.arrayContaining(["validate", ...cases, "job"]))
    },
  )
})

describe("SIGKILL", () => {
  it("does not keep the same job from running again", async () => {
    const job = smallJob({ installed: true })
    const run = await startJob({ job, lab, machine, options: ["--format", "json"] })
    await run.sees(new RegExp(action("unpack-rootfs")))
    run.kill("SIGKILL")
    await run.killed
    expect(await lab.power(machine)).toBe("on")
    expectPass(await runJob({ job, lab, machine, temporary: run.temporary }))
  })
})
