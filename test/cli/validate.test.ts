import { fileURLToPath } from "node:url"
import { describe, expect, it } from "vitest"
import { job } from "./board-lab.ts"
import { directoryWith, dispatch } from "./command.ts"

const lab = {
  devices: { "board-01": { device_type: "generic", power: { reset: ["true"] } } },
}

describe("dispatch validate", () => {
  it("tells jobs, labs, device types and dictionaries apart, and finds nothing wrong with good ones", async () => {
    const cwd = directoryWith({
      "job.json": job,
      "lab.yaml": `devices:\n  a: {device_type: generic}\n`,
      "device-types/mine.json": {
        extends: "generic",
        timeouts: { actions: { boot: { minutes: 1 } } },
      },
      "bbb.yaml": "constants:\nactions:\n  boot:\n    methods:\n      minimal:\n",
    })
    const files = ["job.json", "lab.yaml", "device-types/mine.json", "bbb.yaml"]
    const { code, stdout, stderr } = await dispatch(["validate", ...files], { cwd })
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" })
    expect(stdout).toBe(
      "✔ job.json (job)\n✔ lab.yaml (lab)\n✔ device-types/mine.json (device type)\n✔ bbb.yaml (device dictionary)\n",
    )
  })

  it("prints every mistake of every file with its line and column", async () => {
    const cwd = directoryWith({
      "job.yaml": "job_name: x\nvisibilty: public\nvisibility: public\nactions: []\n",
      "lab.yaml": "devices:\n  a:\n    device_type: genric\n",
      "type.json": '{\n  "plugin": "minimal",\n  "extends": "nothing",\n  "descripton": "x"\n}',
      "syntax.json": '{"actions": [,]}',
      "other.json": "{}",
    })
    const files = ["job.yaml", "lab.yaml", "type.json", "syntax.json", "other.json", "gone.json"]
    const { code, stdout, stderr } = await dispatch(["validate", ...files], { cwd })
    expect({ code, stderr }).toEqual({ code: 2, stderr: "" })
    expect(stdout.trim().split("\n")).toEqual([
      "job.yaml:1:1 timeouts: missing; expected a mapping",
      "job.yaml:1:1: names no device: give device_type or device",
      expect.stringMatching(
        /^job\.yaml:2:1 visibilty: unknown key \(did you mean "visibility"\?\)$/,
      ),
      expect.stringMatching(/^job\.yaml:4:10 actions: /),
      expect.stringMatching(
        /^lab\.yaml:3:18 devices\.a\.device_type: .* did you mean "generic"\?$/,
      ),
      expect.stringMatching(/^type\.json:4:3 descripton: unknown key/),
      expect.stringMatching(/^syntax\.json:1:\d+: /),
      expect.stringMatching(/^other\.json:1:1: expected a job, /),
      "gone.json: cannot be read: no such file",
    ])
  })

  it("follows what a device type extends", async () => {
    const cwd = directoryWith({
      "a.json": { extends: "b" },
      "b.json": { extends: "a" },
      "c.json": { extends: "nowhere" },
    })
    const { code, stdout } = await dispatch(["validate", "a.json", "c.json"], { cwd })
    expect(code).toBe(2)
    expect(stdout).toMatch(/b\.json:2:14 extends: a extends b extends a: a circle/)
    expect(stdout).toMatch(/c\.json:2:14 extends: there is no device type "nowhere"/)
  })

  it("checks a device type's parameters by the plugin that it names, wherever they stand", async () => {
    const cwd = directoryWith({
      // What is missing may be given by a device.
      "base.json": {
        plugin: "master-initrd",
        parameters: { disk: "sda", master: { prompt: "master# (" } },
      },
      "special.json": {
        extends: "base",
        parameters: { disk: "/dev/sda", kernel_arg: "quiet", master: { prompt: "# " } },
      },
      "other.json": { plugin: "minimall", parameters: {} },
      "plugin.mjs": `import * as z from ${JSON.stringify(import.meta.resolve("zod"))}
        export default { name: "mine", parameters: z.strictObject({ relay: z.number() }) }`,
      "mine.json": { plugin: "mine", parameters: { relay: "three" } },
      "lab.json": { plugins: ["./plugin.mjs"], devices: {} },
    })
    const { code, stdout } = await dispatch(
      ["validate", "base.json", "special.json", "other.json", "mine.json"],
      { cwd },
    )
    expect(code).toBe(2)
    expect(stdout.trim().split("\n")).toEqual([
      'base.json:4:13 parameters.disk: expected a device such as "/dev/sda", found "sda"',
      'base.json:6:17 parameters.master.prompt: expected a regular expression (Unterminated group), found "master# ("',
      'special.json:5:5 parameters.kernel_arg: unknown key (did you mean "kernel_args"?)',
      'other.json:2:13 plugin: there is no plugin "minimall"; did you mean "minimal"? (a lab file may bring others: name it by --lab)',
      expect.stringMatching(/^mine\.json:2:13 plugin: there is no plugin "mine"; .*--lab/),
    ])
    const known = await dispatch(["validate", "mine.json", "--lab", "lab.json"], { cwd })
    expect(known).toMatchObject({
      code: 2,
      stdout: 'mine.json:4:14 parameters.relay: expected a number, found "three"\n',
    })
  })

  it("also asks whether a lab can do the jobs", async () => {
    const pxe = { ...job, actions: [{ boot: { method: "pxe" } }] }
    const cwd = directoryWith({
      "lab.json": lab,
      "job.json": job,
      "pxe.json": pxe,
      "other.json": { ...job, device_type: "generics" },
    })
    const files = ["job.json", "pxe.json", "other.json"]
    const { code, stdout } = await dispatch(["validate", ...files, "--lab", "lab.json"], { cwd })
    expect(code).toBe(2)
    const lines = stdout.trim().split("\n")
    expect(lines).toHaveLength(3)
    expect(lines[0]).toBe("✔ job.json (job)")
    expect(lines[1]).toMatch(
      /^pxe\.json:\d+:\d+ actions\[0\]\.boot\.method: board-01 cannot boot by "pxe"/,
    )
    expect(lines[2]).toMatch(
      /^other\.json:3:18 device_type: no device of the type "generics"; did you mean "generic"\?/,
    )
  })

  it("answers programs in JSON", async () => {
    const cwd = directoryWith({ "job.json": job, "bad.json": '{"actions": [],\n "x": 1}' })
    const args = ["validate", "job.json", "bad.json", "--format", "json"]
    const { code, stdout } = await dispatch(args, { cwd })
    expect(code).toBe(2)
    const [good, bad] = JSON.parse(stdout) as [object, { readonly problems: ReadonlyArray<object> }]
    expect(good).toEqual({ file: "job.json", kind: "job", problems: [] })
    expect(bad).toMatchObject({ file: "bad.json", kind: "job" })
    expect(bad.problems).toContainEqual({
      file: "bad.json",
      line: 2,
      column: 2,
      path: "x",
      severity: "warning",
      message: expect.stringContaining("unknown key") as string,
    })
  })

  it("takes a job that only cannot be done here, until it is asked of a device", async () => {
    const dfu = {
      ...job,
      notify: { criteria: { status: "all" } },
      actions: [{ boot: { method: "dfu" } }],
    }
    const cwd = directoryWith({
      "board.yaml": "constants:\nactions:\n  boot:\n    methods:\n      minimal:\n",
      "dfu.json": dfu,
    })
    const alone = await dispatch(["validate", "dfu.json"], { cwd })
    expect(alone.stdout.split("\n")).toEqual([
      expect.stringMatching(
        /^dfu\.json:\d+:\d+ actions\[0\]\.boot\.method: warning: "dfu" is known but not available here; the boot methods that are: .*grub/,
      ),
      expect.stringMatching(/^dfu\.json:\d+:\d+ notify: warning: notifications are not sent$/),
      "✔ dfu.json (job)",
      "",
    ])
    expect(alone.code).toBe(0)
    const device = ["--device", "./board.yaml"]
    const { code, stdout } = await dispatch(["validate", "dfu.json", ...device], { cwd })
    expect(code).toBe(2)
    expect(stdout).toMatch(
      /^dfu\.json:\d+:\d+ actions\[0\]\.boot\.method: "dfu" is known but not available here; the boot methods that are: .*grub/,
    )
  })

  it("finds nothing wrong with the device types that come with the package", async () => {
    const directory = fileURLToPath(new URL("../../device-types", import.meta.url))
    const files = ["generic.json", "highbank.json", "x86-pxe.json"]
    const { code, stdout } = await dispatch(["validate", ...files], { cwd: directory })
    expect({ code, stdout }).toMatchObject({ code: 0 })
  })

  it("says of a job for a lab which programs this machine lacks for it", async () => {
    const [boot] = job.actions
    const kernel = { url: "zImage", type: "zimage" }
    const cwd = directoryWith({
      "lab.json": {
        devices: { "board-01": { device_type: "arm-virt-netboot", power: { reset: ["true"] } } },
      },
      "job.json": {
        ...job,
        device_type: "arm-virt-netboot",
        actions: [
          { deploy: { to: "tftp", kernel } },
          { boot: { ...boot?.boot, method: "u-boot", commands: "fit" } },
        ],
      },
    })
    const env = { PATH: cwd }
    const words = ["job.json", "--lab", "lab.json"]
    const { code, stdout } = await dispatch(["validate", ...words], { cwd, env })
    expect(code).toBe(2)
    expect(stdout).toContain(
      "job.json: this machine does not have the program `mkimage`, which the job needs: apt install u-boot-tools; this",
    )
    const planned = await dispatch(["plan", ...words], { cwd, env })
    expect(planned.code).toBe(0)
    expect(planned.stdout).toContain("the program `dtc`, which the job needs")
  })
})

it("checks test definitions", async () => {
  const run = { steps: ["true"] }
  const cwd = directoryWith({
    "good.yaml": { metadata: { name: "good" }, parameters: { WORD: 1 }, run },
    "bad.yaml": { metadata: {}, run },
  })
  const { code, stdout, stderr } = await dispatch(["validate", "good.yaml", "bad.yaml"], { cwd })
  expect(code).toBe(2)
  expect(stdout + stderr).toContain("bad.yaml:2:15 metadata.name: missing")
  expect(stdout + stderr).not.toContain("good.yaml:")
})
