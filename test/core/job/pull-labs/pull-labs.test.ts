import fc from "fast-check"
import * as Result from "effect/Result"
import { describe, expect, it } from "vitest"
import { translatePullLabs } from "../../../../src/core/job/pull-labs/pull-labs.ts"
import { renderProblem } from "../../../../src/core/source/problem.ts"
import { parseYaml } from "../../../../src/core/source/yaml-document.ts"
import { faultsOf, mutated, mutation } from "../../source/fuzzing.ts"
import type { Job } from "../v1/translate.ts"

/** A job as KernelCI's template for pull labs writes it. */
const ltp = {
  artifacts: {
    kernel: "https://files.kernelci.org/kbuild/Image",
    modules: "https://files.kernelci.org/kbuild/modules.tar.xz",
    rootfs: "https://storage.kernelci.org/images/trixie-ltp/arm64/full.rootfs.tar.xz",
    dtb: "https://files.kernelci.org/kbuild/dtbs/bcm2711-rpi-4-b.dtb",
  },
  tests: [
    {
      id: "ltp-smoketest",
      type: "ltp",
      depends: ["boot-test"],
      timeout_s: 1800,
      parameters: "tst_cmdfiles=smoketest workers=max skip_install=true",
      "pre-commands": ["uname -a"],
      "post-commands": [],
    },
    { id: "boot-test", type: "boot", depends: [], timeout_s: 900, "pre-commands": [] },
  ],
  environment: {
    platform: "bcm2711-rpi-4-b",
    arch: "arm64",
    console: { method: "serial", baud: 115200 },
    requirements: ["usb"],
  },
  callback: { url: "https://api.kernelci.org/node/65", token_name: "kernelci-pull-labs" },
  integrity: { sha256: { kernel: "a".repeat(64), _comment: "none" } },
  parameters: { device: "x" },
}

const translate = (job: object) => {
  const text = JSON.stringify(job, null, 1)
  return translatePullLabs(Result.getOrThrow(parseYaml(text, "pull.json")), () => undefined)
}

const problems = (job: object) => translate(job).problems.map(renderProblem)

describe("a job of KernelCI's pull-labs", () => {
  it("becomes a network boot and the tests, behind those that they depend on", () => {
    const { document, notes } = translate(ltp)
    const job = document.value as Job
    expect(job).toMatchObject({
      device_type: "bcm2711-rpi-4-b",
      tags: ["usb"],
      timeouts: { job: { seconds: 600 + 900 + 1800 } },
      notify: {
        criteria: { status: "finished" },
        callback: {
          url: "https://api.kernelci.org/node/65",
          token: "kernelci-pull-labs",
          method: "POST",
          dataset: "all",
          "content-type": "json",
        },
      },
    })
    const [deploy, boot, test, ...others] = job["actions"]
    expect(others).toEqual([])
    expect(deploy.deploy).toMatchObject({
      to: "tftp",
      kernel: { url: ltp.artifacts.kernel, type: "image", sha256sum: "a".repeat(64) },
      nfsrootfs: { url: ltp.artifacts.rootfs, compression: "xz" },
      modules: { url: ltp.artifacts.modules, compression: "xz" },
    })
    expect(boot.boot).toMatchObject({
      method: "u-boot",
      commands: "nfs",
      timeout: { seconds: 900 },
    })
    expect(test.test.timeout).toEqual({ seconds: 1800 })
    expect(test.test.definitions).toMatchObject([
      { from: "inline", repository: { run: { steps: ["uname -a"] } } },
      {
        from: "git",
        name: "ltp-smoketest",
        path: "automated/linux/ltp/ltp.yaml",
        parameters: { TST_CMDFILES: "smoketest", KIRK_WORKERS: "max", SKIP_INSTALL: "true" },
      },
    ])
    expect(notes.filter(({ kind }) => kind === "lost").map(({ path }) => path)).toEqual([
      "parameters",
    ])
  })

  it("gives QEMU its images", () => {
    const { modules: _, ...artifacts } = ltp.artifacts
    const job = translate({
      ...ltp,
      artifacts: { kernel: artifacts.kernel, ramdisk: "https://f/rootfs.cpio.gz" },
      environment: { platform: "qemu", arch: "arm64" },
    }).document.value as Job
    expect(job).toMatchObject({
      device_type: "qemu-arm64",
      context: { arch: "arm64" },
      actions: [
        {
          deploy: {
            to: "tmpfs",
            images: {
              kernel: { image_arg: '-kernel {kernel} -append "console=ttyAMA0"' },
              ramdisk: { compression: "gz", image_arg: "-initrd {ramdisk}" },
            },
          },
        },
        { boot: { method: "qemu", media: "tmpfs" } },
        {},
      ],
    })
  })

  it("puts the kernel's own tests into the root file system", () => {
    const job = translate({
      ...ltp,
      artifacts: { ...ltp.artifacts, kselftest: "https://f/kselftest.tar.xz" },
      tests: [{ id: "futex", type: "kselftest", subset: ["futex", "timers"] }],
    }).document.value as Job
    expect(job["actions"][0].deploy.nfsrootfs).toMatchObject({
      format: "tar",
      overlays: { kselftest: { format: "tar", path: "/opt/kselftests/default-in-kernel/" } },
    })
    expect(job["actions"][2].test.definitions[0]).toMatchObject({
      path: "automated/linux/kselftest/kselftest.yaml",
      parameters: {
        TST_CMDFILES: "futex,timers",
        KSELFTEST_PATH: "/opt/kselftests/default-in-kernel",
        SKIP_INSTALL: "true",
      },
    })
  })

  it("refuses what nobody can run, with its place", () => {
    const [test] = ltp.tests
    const withTest = (changes: object) =>
      problems({ ...ltp, tests: [{ ...test, depends: [], ...changes }] })
    expect(withTest({ type: "unixbench" })).toEqual([
      'pull.json:11:12 tests[0].type: there is no test for the type "unixbench"; there are boot, baseline, ltp, kselftest',
    ])
    expect(withTest({ depends: ["ltp-smoketest"] })).toEqual([
      expect.stringMatching(/^pull.json:\d+:\d+ tests\[0\].depends\[0\]: depends on itself/),
    ])
    expect(problems({ ...ltp, artifacts: {} })).toEqual([
      expect.stringMatching(/^pull.json:2:15 artifacts.kernel: missing; expected a string/),
    ])
  })

  it("never makes the translation throw, whatever is in it", () => {
    fc.assert(
      fc.property(fc.array(mutation, { minLength: 1, maxLength: 4 }), (mutations) => {
        const job = mutated(ltp, mutations)
        if (typeof job !== "object" || job === null) return
        const { problems, notes } = translate(job)
        const text = JSON.stringify(job, null, 1)
        const told = [...problems, ...notes]
        expect(told.length === 0 ? [] : faultsOf(told, () => text)).toEqual([])
      }),
      { numRuns: 200 },
    )
  })
})
