import fc from "fast-check"
import * as Result from "effect/Result"
import { describe, expect, it } from "vitest"
import { translateV1 } from "../../../../src/core/job/v1/v1.ts"
import type { Problem } from "../../../../src/core/source/problem.ts"
import { parseYaml } from "../../../../src/core/source/yaml-document.ts"
import { faultsOf, mutated, mutation } from "../../source/fuzzing.ts"

/** A job that uses every command. */
const oldJob = {
  job_name: "old",
  timeout: 900,
  logging_level: "DEBUG",
  priority: "high",
  device_group: [
    { role: "a", count: 2, device_type: "panda", tags: ["x"] },
    { role: "b", device_type: "qemu-arm" },
    { role: "c", target: "panda01" },
  ],
  actions: [
    {
      command: "deploy_linaro_image",
      metadata: { "image.type": "x" },
      parameters: {
        rootfs: "http://f/r.tar.gz",
        hwpack: "http://f/h.tar.gz",
        rootfstype: "ext3",
        role: "a",
      },
    },
    {
      command: "deploy_linaro_kernel",
      parameters: {
        kernel: "http://f/zImage",
        rootfs: "http://f/r.qcow2.gz",
        firmware: "http://f/fw",
        login_prompt: "login:",
        username: "root",
        role: "b",
      },
    },
    {
      command: "deploy_kernel",
      parameters: {
        kernel: "http://f/vmlinuz",
        nfsrootfs: "http://f/r.tar.xz",
        overlays: ["http://f/modules.tar", "http://f/more.tgz"],
        bootloadertype: "ipxe",
        target_type: "ubuntu",
        role: "c",
      },
    },
    { command: "dummy_deploy", parameters: { target_type: "oe" } },
    {
      command: "boot_linaro_image",
      parameters: { boot_cmds: ["boot"], options: ["boot_cmds=x"], repeat: 2 },
    },
    { command: "boot_master_image" },
    {
      command: "lava_test_shell",
      parameters: {
        testdef_repos: [
          { "git-repo": "git://x", testdef: "a/b.yaml", revision: "1", parameters: { A: "1" } },
          { url: "http://f/t.yaml" },
          { "tar-repo": "http://f/t.tar.gz" },
        ],
        testdef_urls: ["http://f/u.yaml"],
        skip_install: "deps",
        timeout: 60,
        repeat: 2,
      },
    },
    {
      command: "lava_command_run",
      parameters: {
        commands: ["true"],
        parser: "(?P<test_case_id>.)",
        fixupdict: ["A:pass"],
        iterations: 2,
      },
    },
    {
      command: "lava_test_install",
      parameters: { tests: ["ltp"], register: ["http://f/x"], install_deb: ["gcc"] },
    },
    { command: "add_apt_repository", parameters: { arg: ["ppa:x"] } },
    { command: "lava_test_run", parameters: { test_name: "ltp", test_options: "-x" } },
    {
      command: "submit_results",
      parameters: { server: "http://d/RPC2/", stream: "/private/team/x/" },
    },
  ],
}

const judge = (text: string): ReadonlyArray<Problem> | undefined => {
  const document = parseYaml(text, "fuzz")
  if (Result.isFailure(document)) return document.failure
  const { problems, notes, blanks, document: job } = translateV1(document.success, () => undefined)
  expect(faultsOf([...notes, ...blanks, ...problems].filter(Boolean), () => text)).toEqual(
    notes.length + blanks.length + problems.length === 0 ? ["refused without a reason"] : [],
  )
  // Every part of the new job has a place in the old one.
  const look = (value: unknown, path: ReadonlyArray<PropertyKey>): void => {
    expect(job.locate(path)?.line).toBeGreaterThan(0)
    if (typeof value !== "object" || value === null) return
    for (const [key, item] of Object.entries(value)) {
      look(item, [...path, Array.isArray(value) ? Number(key) : key])
    }
  }
  if (problems.length === 0) look(job.value, [])
  return problems.length > 0 ? problems : undefined
}

describe("the translation of v1 jobs never throws, and has a place for all it says:", () => {
  it("a job with every command", () => {
    expect(judge(JSON.stringify(oldJob, null, 1))).toBeUndefined()
  })

  it("a job with values changed", () => {
    fc.assert(
      fc.property(fc.array(mutation, { minLength: 1, maxLength: 4 }), (mutations) => {
        const text = JSON.stringify(mutated(oldJob, mutations), null, 1)
        expect(faultsOf(judge(text), () => text)).toEqual([])
      }),
      { numRuns: 300 },
    )
  })

  it("any document", () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 5 }), (text) => {
        expect(faultsOf(judge(text), () => text)).toEqual([])
      }),
      { numRuns: 200 },
    )
  })
})
