import { describe, expect, it } from "vitest"
import { jobOf, notesOf, problemsOf, translated, translateText } from "./translate.ts"

const kernel = {
  command: "deploy_linaro_kernel",
  parameters: {
    kernel: "http://files/zImage",
    ramdisk: "http://files/initrd.cpio.gz.u-boot",
    dtb: "http://files/board.dtb",
  },
}
const nfs = {
  command: "deploy_kernel",
  parameters: { kernel: "http://files/Image", nfsrootfs: "http://files/root.tar.xz" },
}
const boot = { command: "boot_linaro_image" }
const shell = {
  command: "lava_test_shell",
  parameters: {
    testdef_repos: [{ "git-repo": "git://git/tests.git", testdef: "ubuntu/smoke.yaml" }],
    timeout: 100,
  },
}
const kinds = (job: { readonly actions: ReadonlyArray<object> }) =>
  job.actions.flatMap((each) => Object.keys(each))

describe("a job of LAVA v1", () => {
  it("becomes deploy, boot and test, each with the time that the command had", () => {
    const job = translated([kernel, boot, shell])
    expect(job["timeouts"]).toEqual({ job: { seconds: 220 }, action: { seconds: 60 } })
    expect(job["device_type"]).toBe("panda")
    expect(kinds(job as never)).toEqual(["deploy", "boot", "test"])
    expect(job["actions"][0].deploy).toEqual({
      to: "tftp",
      kernel: { url: "http://files/zImage", type: "zimage" },
      ramdisk: { url: "http://files/initrd.cpio.gz.u-boot", header: "u-boot" },
      dtb: { url: "http://files/board.dtb" },
      timeout: { seconds: 60 },
    })
    expect(job["actions"][1].boot).toMatchObject({ method: "u-boot", commands: "ramdisk" })
    expect(job["actions"][2].test).toMatchObject({
      timeout: { seconds: 100 },
      definitions: [
        {
          from: "git",
          repository: "git://git/tests.git",
          path: "ubuntu/smoke.yaml",
          name: "smoke",
        },
      ],
    })
  })

  it("boots where lava_test_shell did it by itself, and again between two", () => {
    const job = translated([nfs, shell, shell])
    expect(kinds(job as never)).toEqual(["deploy", "boot", "test", "boot", "test"])
    expect(job["actions"][1].boot).toMatchObject({ method: "u-boot", commands: "nfs" })
    const names = [2, 4].map((index) => job["actions"][index].test.definitions[0].name as string)
    expect(names).toEqual(["smoke", "smoke-2"])
    expect(notesOf([nfs, shell])).toContainEqual(
      expect.stringMatching(
        /^changed: old.json:3:1 actions\[1\]: boots the system before it begins/,
      ),
    )
  })

  it("types the boot commands of the job, at each later boot too", () => {
    const lines = ["setenv bootargs 'root=/dev/ram0'", "bootz 1 2 3"]
    const typed = { ...boot, parameters: { boot_cmds: lines, test_image_prompt: "root@sid:~#" } }
    const job = translated([kernel, typed, shell, shell])
    expect(kinds(job as never)).toEqual(["deploy", "boot", "test", "boot", "test"])
    for (const index of [1, 3]) {
      const block = job["actions"][index].boot
      expect(block.commands).toEqual(lines)
      expect(block.prompts[0]).toBe("root@sid:~#")
    }
  })

  it("logs in as its deploy says", () => {
    const parameters = {
      ...kernel.parameters,
      login_prompt: "login:",
      username: "root",
      password_prompt: "Password:",
      password: "secret",
    }
    const job = translated([{ ...kernel, parameters }, boot])
    expect(job["actions"][1].boot.auto_login).toEqual({
      login_prompt: "login:",
      username: "root",
      password_prompt: "Password:",
      password: "secret",
    })
    const { password, password_prompt, ...rest } = parameters
    void password_prompt
    expect(
      problemsOf([{ ...kernel, parameters: { ...rest, password_prompt: "Password:" } }]),
    ).toEqual([expect.stringMatching(/^old.json:2:\d+ .*password_prompt: needs a password/)])
    expect(notesOf([{ ...kernel, parameters: { ...rest, password } }, boot]).join()).not.toContain(
      "secret",
    )
  })

  it("puts modules and other archives where the root file system is", () => {
    const overlays = ["http://files/modules.tar.xz", "http://files/kselftest.tar.gz"]
    const job = translated([{ ...nfs, parameters: { ...nfs.parameters, overlays } }])
    expect(job["actions"][0].deploy).toMatchObject({
      modules: { url: overlays[0], compression: "xz" },
      nfsrootfs: {
        format: "tar",
        overlays: { overlay1: { url: overlays[1], compression: "gz", format: "tar", path: "/" } },
      },
    })
  })

  it("is installed by a master image, booted as the device's plugin does", () => {
    const rootfs = {
      command: "deploy_linaro_image",
      parameters: {
        rootfs: "http://files/r.tar.gz",
        hwpack: "http://files/h.tar.gz",
        pkg: "http://files/k.deb",
      },
    }
    const block = (plugin?: string) => translated([rootfs, boot], {}, () => plugin)["actions"]
    expect(block()[0].deploy).toMatchObject({
      to: "master",
      rootfs: { url: "http://files/r.tar.gz", compression: "gz" },
      kernel: { packages: [{ url: "http://files/k.deb" }] },
    })
    expect(block()[1].boot).toMatchObject({ method: "u-boot", commands: "disk" })
    expect(block("master-partition")[1].boot).toMatchObject({ method: "u-boot", commands: "disk" })
    expect(block("master-initrd")[1].boot).toMatchObject({ method: "pxe" })
    expect(notesOf([rootfs])).toContainEqual(
      expect.stringMatching(/^lost: old.json:2:\d+ actions\[0\].parameters.hwpack: is not kept/),
    )
  })

  it("gives an emulator its images", () => {
    const image = { command: "deploy_image", parameters: { image: "http://files/disk.img.gz" } }
    const job = translated([image, shell], { device_type: "kvm" })
    expect(job["context"]).toEqual({ arch: "amd64" })
    expect(job["actions"][0].deploy).toMatchObject({
      to: "tmpfs",
      images: {
        rootfs: {
          url: "http://files/disk.img.gz",
          compression: "gz",
          image_arg: "-drive format=raw,file={rootfs}",
        },
      },
    })
    expect(job["actions"][1].boot).toMatchObject({ method: "qemu", media: "tmpfs" })
    expect(problemsOf([image])).toEqual([
      expect.stringMatching(/parameters.image: cannot be translated: a whole image for a disk/),
    ])
  })

  it("keeps one shell for lava_command_run, and goes on where a command fails", () => {
    const run = {
      command: "lava_command_run",
      parameters: {
        commands: ["cd /tests", "for i in 1 2; do ./run $i; done"],
        parser: "(?P<test_case_id>\\S+) (?P<result>\\w+)",
        fixupdict: ["PASS:pass", "BAD"],
        iterations: 2,
      },
    }
    const job = translated([kernel, boot, run])
    const [definition] = job["actions"][2].test.definitions
    expect(job["actions"][2].test.repeat).toBe(2)
    expect(definition.repository.run.steps).toEqual([
      "if cd /tests; then lava-test-case command-1 --result pass; else lava-test-case command-1 --result fail; fi",
      "if eval 'for i in 1 2; do ./run $i; done'; then lava-test-case command-2 --result pass; else lava-test-case command-2 --result fail; fi",
    ])
    expect(definition.repository.parse).toEqual({
      pattern: "^(?:(?P<test_case_id>\\S+) (?P<result>\\w+))",
      fixupdict: { PASS: "pass" },
    })
  })

  it("writes a bundle, and posts it where a URL says", () => {
    const submit = (parameters: object) =>
      translated([boot, { command: "submit_results", parameters }])
    const server = "http://dashboard/RPC2/"
    const job = submit({ server, stream: "/private/team/kernel/tests/" })
    expect(job["bundle"]).toEqual({ post: { server, stream: "/private/team/kernel/tests/" } })
    expect(job["visibility"]).toEqual({ group: ["kernel"] })
    expect(submit({ server: "LAVA_SERVER", stream: "STREAM" })["bundle"]).toEqual({})
    expect(submit({ server, stream: "/private/personal/me/x/" })["visibility"]).toBe("personal")
  })

  it("takes any key at the top, but no unknown parameter", () => {
    expect(notesOf([boot], { whatever: 1 })).toContainEqual(
      "changed: old.json:1:65 whatever: is left out: it means nothing here",
    )
    expect(problemsOf([{ ...kernel, parameters: { ...kernel.parameters, kernal: "x" } }])).toEqual([
      expect.stringMatching(
        /^old.json:2:\d+ actions\[0\].parameters.kernal: unknown key \(did you mean "kernel"\?\)/,
      ),
    ])
  })

  it.each([
    ["deploy_linaro_android_image", "to: fastboot"],
    ["boot_android_image", "method: fastboot"],
    ["lava_android_test_run", "definitions"],
  ])("refuses %s with what to use instead", (command, instead) => {
    expect(problemsOf([{ command, parameters: { images: [] } }])).toEqual([
      expect.stringContaining(instead),
    ])
  })

  it("names the commands that there are where it knows none of a name", () => {
    expect(problemsOf([{ command: "lava_test_shel" }])).toEqual([
      expect.stringMatching(
        /^old.json:2:12 actions\[0\].command: .*did you mean "lava_test_shell"/,
      ),
    ])
  })

  it("tells of keys that stand twice, the last of which counts", () => {
    const text = jobOf([boot]).replace('"timeout":60', '"timeout":60,"timeout":70')
    const { document, notes } = translateText(text)
    expect(document.value).toMatchObject({ timeouts: { action: { seconds: 70 } } })
    expect(notes.map(({ message }) => message)).toContainEqual(
      expect.stringContaining("the same key stands at"),
    )
  })
})

describe("a job of LAVA v1 for several devices", () => {
  const group = {
    device_type: undefined,
    device_group: [
      { role: "server", count: 1, device_type: "panda", tags: ["usb"] },
      { role: "client", count: 2, device_type: "kvm" },
    ],
  }

  it("has a role for each entry of its group; what has no role is for all", () => {
    const job = translated([{ ...boot, parameters: { role: "client" } }, shell], group)
    expect(job["protocols"]["lava-multinode"]).toEqual({
      roles: {
        server: { device_type: "panda", count: 1, tags: ["usb"] },
        client: { device_type: "kvm", count: 2, context: { arch: "amd64" } },
      },
      timeout: { seconds: 60 },
    })
    expect(
      job["actions"].map((each: object) => {
        const [[kind, block]] = Object.entries(each) as [[string, { role: unknown }]]
        return [kind, block.role]
      }),
    ).toEqual([
      ["boot", ["client"]],
      ["boot", ["server"]],
      ["test", ["server", "client"]],
    ])
  })

  it("refuses a role that there is not", () => {
    expect(problemsOf([{ ...boot, parameters: { role: "clint" } }], group)).toEqual([
      expect.stringMatching(/parameters.role: there is no role "clint"; did you mean "client"/),
    ])
  })

  it("reaches the virtual machines of a board by ssh", () => {
    const vms = {
      device_type: undefined,
      vm_group: {
        host: { role: "host", device_type: "arndale" },
        vms: [{ role: "vm", device_type: "kvm-arm" }],
      },
    }
    const inVm = (command: { readonly parameters: object }) => ({
      ...command,
      parameters: { ...command.parameters, role: "vm" },
    })
    const job = translated([inVm(kernel), inVm(shell)], vms)
    expect(job["protocols"]["lava-multinode"].roles.vm).toEqual({
      connection: "ssh",
      count: 1,
      expect_role: "host",
      host_role: "host",
      request: "lava-start",
    })
    expect(kinds(job as never)).toEqual(["deploy", "boot", "test"])
    expect(job["actions"][1].boot).toMatchObject({ method: "ssh", role: ["vm"] })
    expect(notesOf([inVm(kernel)], vms).filter((note) => note.startsWith("lost"))).toHaveLength(4)
  })
})
