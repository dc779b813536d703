import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type DispatchRun, type EmulatedLab, runDispatch, startLab } from "./emulated-lab.ts"
import { type SmallJob, smallJob } from "./small-job.ts"

let lab: EmulatedLab
let work: string

beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), "lab-dispatch-e2e-jobs-"))
  lab = await startLab(
    ["highbank-01"],
    ["uboot-highbank", "master-armhf", "small-armhf", "kernel-small-armhf"],
  )
}, 1_800_000)

afterAll(async () => {
  await lab?.stop()
  await rm(work, { recursive: true, force: true })
})

let count = 0

/** Runs the small job with changes; whatever happens, the board must be off afterwards. */
const run = async (changes: SmallJob): Promise<DispatchRun> => {
  const directory = join(work, String(++count))
  const job = `${directory}.json`
  await writeFile(job, JSON.stringify(smallJob(changes)))
  const ended = await runDispatch(job, lab, directory)
  expect(await lab.power("highbank-01"), ended.output).toBe("off")
  return ended
}

const result = ({ results }: DispatchRun, suite: string, name: string) =>
  results.find((each) => each["definition"] === suite && each["case"] === name)

const expectFailure = (
  ended: DispatchRun,
  expected: { readonly exitCode: number; readonly type: string; readonly message: RegExp },
) => {
  const job = result(ended, "lava", "job")
  expect(job, ended.output).toMatchObject({ result: "fail", error_type: expected.type })
  expect(job?.["error_msg"]).toMatch(expected.message)
  expect(ended.exitCode).toBe(expected.exitCode)
}

describe("a job on highbank", () => {
  it.each(["http", "netcat"] as const)("deploys, boots and tests by %s", async (transfer) => {
    const ended = await run({ transfer })
    expect(ended.exitCode, ended.output).toBe(0)
    expect(result(ended, "0_small", "kernel-release")).toMatchObject({ result: "pass" })
    expect(ended.console).toContain("U-Boot 2023")
  })

  it("boots by commands typed to U-Boot", async () => {
    const ended = await run({ boot: { method: "u-boot", commands: "network" } })
    expect(ended.exitCode, ended.output).toBe(0)
    expect(ended.console).toContain("bootz ${kernel_addr_r}")
  })

  it("says what a kernel package that does not install has said", async () => {
    const ended = await run({ kernel: "kernel-broken-armhf.deb" })
    expectFailure(ended, {
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

  it("names a kernel panic at boot as soon as it is complete", async () => {
    const ended = await run({ kernel: "kernel-panic-armhf.deb" })
    expectFailure(ended, { exitCode: 1, type: "Job", message: /Kernel panic - not syncing/ })
    const login = ended.results.find((each) => each["case"] === "auto-login-action")
    expect(Number(login?.["duration"])).toBeLessThan(60)
  })

  it("names a kernel panic during a test", async () => {
    const ended = await run({
      steps: [
        "lava-test-case before --result pass",
        "sync; echo c > /proc/sysrq-trigger",
        "sleep 60",
      ],
    })
    expectFailure(ended, { exitCode: 1, type: "Test", message: /Kernel panic - not syncing/ })
    expect(result(ended, "0_small", "before")).toMatchObject({ result: "pass" })
    expect(result(ended, "lava", "0_small")).toMatchObject({ result: "fail" })
  })

  it("notices a board that resets in a test", async () => {
    const ended = await run({ steps: ["sync; reboot -f", "sleep 60"] })
    expectFailure(ended, { exitCode: 1, type: "Test", message: /U-Boot 2023/ })
  })

  it("says that a password is wrong", async () => {
    const ended = await run({ password: "wrong" })
    expectFailure(ended, { exitCode: 1, type: "Job", message: /refused the login of "root"/ })
  })

  it("fails the suite of a script that dies, and the job's exit code with it", async () => {
    const ended = await run({ steps: ["lava-test-case one --result pass", "false", "echo never"] })
    expect(result(ended, "lava", "0_small")).toMatchObject({ result: "fail" })
    expect(ended.exitCode).toBe(1)
  })
})
