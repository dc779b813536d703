import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, it } from "vitest"
import type { BoardScriptInput, Step } from "../../src/board/script.ts"
import { allActions } from "../../src/core/pipeline/plan.ts"
import { loadLab, prepare } from "../../src/index.ts"
import { masterPartition } from "../../src/devices/master-partition.ts"
import { conformance } from "../../src/testing.ts"
import { type BoardRun, runOnBoard } from "../actions/run-on-board.ts"
import { job as instantJob } from "../cli/board-lab.ts"
import { masterBoard, rootfsIn } from "./master-board.ts"

const artifact = { url: "file:///nowhere" }

/** A board that boots its master image when it is left alone, and something else when `bootz` is typed. */
const board = (
  booted: Array<Step>,
  master: Array<Step> = [{ state: "master" }],
): BoardScriptInput => ({
  name: "a board with a master image in a partition",
  on_power: [{ print: "\n\nU-Boot 2026.01 (Jan 05 2026)\n\n" }, { state: "autoboot" }],
  states: {
    autoboot: {
      echo: false,
      enter: [
        { print: "Hit any key to stop autoboot:  1 " },
        { wait: 0.4 },
        { print: "\nStarting kernel ...\n" },
        ...master,
      ],
      keys: [{ match: "", do: [{ print: "\n" }, { state: "u-boot" }] }],
    },
    "u-boot": {
      prompt: "=> ",
      commands: [
        { match: "^load .*/missing", do: [{ print: "Failed to load '/missing'\n" }] },
        { match: "^(load|setenv) ", do: [] },
        { match: "^bootz", do: [{ print: "\nStarting kernel ...\n" }, ...booted] },
      ],
    },
    master: { shell: true, prompt: "master# " },
    system: { shell: true, prompt: "root@test:~# " },
  },
})

const type = {
  extends: "u-boot-board",
  parameters: {
    disk: "/dev/mmcblk0",
    load_addresses: { bootz: { kernel: "0x1000", ramdisk: "0x2000", dtb: "0x3000" } },
    u_boot: {
      commands: {
        disk: [
          "load mmc 0:{BOOT_PART} {KERNEL_ADDR} {KERNEL}",
          "load mmc 0:{ROOT_PART} {DTB_ADDR} x",
          "bootz",
        ],
        missing: ["load mmc 0:{BOOT_PART} {KERNEL_ADDR} /missing", "bootz"],
      },
    },
  },
}

const bootOn = (script: BoardScriptInput, commands = "disk", backSeconds = 40): Promise<BoardRun> =>
  runOnBoard(
    script,
    {
      actions: [
        {
          boot: {
            method: "u-boot",
            commands,
            prompts: ["root@test:~# "],
            timeout: { seconds: 6 },
            timeouts: { "return-to-master": { seconds: backSeconds } },
          },
        },
      ],
    },
    { type },
  )

const returned = ({ cases }: BoardRun) =>
  cases.filter((each) => each.case === "return-to-master").map(({ result }) => result)

describe("a system that was deployed to a partition", () => {
  it("is booted by commands that name its partitions", async () => {
    const run = await bootOn(board([{ state: "system" }]))
    expect({ status: run.status, error: run.error }).toEqual({
      status: "complete",
      error: undefined,
    })
    expect(run.typed).toEqual(expect.arrayContaining(["load mmc 0:3 0x3000 x", "bootz"]))
    expect(run.typed.join()).not.toContain("KERNEL")
    expect(returned(run)).toEqual([])
  })

  it.each<[string, Array<Step>, string, RegExp]>([
    [
      "has no kernel",
      [],
      "missing",
      /the boot loader gave up at "load .*": "Failed to load '\/missing'"/,
    ],
    [
      "panics",
      [
        {
          print:
            "Kernel panic - not syncing: no root\n---[ end Kernel panic - not syncing: no root ]---\n",
        },
      ],
      "disk",
      /Kernel panic - not syncing/,
    ],
    ["never shows a prompt", [{ hang: true }], "disk", /waited .* for the shell's prompt/],
  ])(
    "that %s is the job's fault, and the board is back in its master",
    async (_, booted, commands, why) => {
      const run = await bootOn(board(booted), commands)
      expect(run.error).toMatchObject({
        _tag: "JobError",
        message: expect.stringMatching(
          /^the deployed system did not come up: .*; the board is back in its master image$/s,
        ),
      })
      expect(run.error?.message).toMatch(why)
      expect(returned(run)).toEqual(["pass"])
      expect(run.switched).toEqual(["off", "on", "off", "on", "off"])
    },
  )

  it("is the lab's fault where the master does not come back either", async () => {
    const { error } = await bootOn(board([{ hang: true }], [{ hang: true }]), "disk", 4)
    expect(error).toMatchObject({
      _tag: "InfrastructureError",
      message: expect.stringMatching(
        /^the deployed system did not come up: .*; and waited .* for the master image's prompt/s,
      ),
    })
  })
})

const deployAndBoot = (deploy: object = {}) => ({
  job_name: "a test",
  device: "board-01",
  visibility: "public",
  timeouts: { job: { minutes: 30 }, action: { minutes: 10 } },
  actions: [
    { deploy: { to: "master", rootfs: artifact, kernel: { packages: [artifact] }, ...deploy } },
    { boot: { method: "u-boot", commands: "disk", prompts: ["# "] } },
  ],
})

/** The actions of such a job on a board of a type, by name. */
const planOn = async (deviceType: string, { parameters = {}, deploy = {} } = {}) => {
  const power = { on: "true", off: "true" }
  const device = { device_type: deviceType, mac: "52:54:00:00:00:01", power, parameters }
  const lab = await loadLab({ devices: { "board-01": device } })
  const { nodes } = await prepare({ value: deployAndBoot(deploy) }, { lab })
  return new Map(allActions(nodes[0].plan.blocks).map((each) => [each.name, each]))
}

describe("the plan of a deploy", () => {
  it.each([
    ["arm-virt", "make ext4 on /dev/vda3", "load virtio 0:{BOOT_PART}"],
    [
      "vexpress-a9",
      "make ext4 on /dev/mmcblk0p3, ext2 on /dev/mmcblk0p2",
      "load mmc 0:{BOOT_PART}",
    ],
    [
      "beaglebone-black",
      "make ext4 on /dev/mmcblk0p3, ext2 on /dev/mmcblk0p2",
      "load mmc 0:{BOOT_PART}",
    ],
    ["pandaboard", "make ext4 on /dev/mmcblk0p3, ext2 on /dev/mmcblk0p2", "load mmc 0:{BOOT_PART}"],
    ["arndale", "make ext4 on /dev/mmcblk1p3, ext2 on /dev/mmcblk1p2", "load mmc 1:{BOOT_PART}"],
  ])("on %s is complete", async (name, disk, load) => {
    const actions = await planOn(name)
    expect(actions.get("prepare-disk")?.description).toBe(disk)
    expect(actions.get("bootloader-commands")?.details[0]).toContain(load)
    expect(actions.get("return-to-master")).toMatchObject({ timeoutSeconds: 600 })
    expect(actions.has("publish-master")).toBe(false)
  })

  it("takes the master from the network where its device type has a kernel and an initrd for it", async () => {
    const parameters = { master: { partition: null, kernel: artifact, initrd: artifact } }
    const actions = await planOn("beaglebone-black", { parameters })
    expect(actions.has("publish-master")).toBe(true)
    expect(actions.get("prepare-disk")?.description).toContain("/dev/mmcblk0p3")
    const whole = await planOn("beaglebone-black", {
      parameters: { ...parameters, partitions: null },
    })
    expect(whole.get("prepare-disk")?.description).toBe(
      "partition /dev/mmcblk0, make ext4 on /dev/mmcblk0p1",
    )
  })

  it("refuses another disk than the one with the partitions", async () => {
    const deploy = { disk: { device: "/dev/sdb" } }
    await expect(planOn("arndale", { deploy })).rejects.toThrow(
      "the device type says which partitions of /dev/mmcblk1 are for tests",
    )
  })

  it.each([
    [{ partitions: null }, "lies on the disk: say in partitions which others are for tests"],
    [{ partitions: { root: { number: 1 } } }, "is the master image's own partition"],
    [{ master: { partition: null } }, "missing; expected a number"],
  ])("refuses parameters such as %j", async (parameters, message) => {
    await expect(planOn("arndale", { parameters })).rejects.toThrow(message)
  })
})

const directory = mkdtempSync(join(tmpdir(), "master-partition-"))
afterAll(() => rmSync(directory, { recursive: true }))

conformance({
  plugin: masterPartition,
  deviceType: {
    extends: "arm-virt",
    timeouts: { actions: { "return-to-master": { seconds: 5 } } },
  },
  board: await masterBoard(),
  jobs: [
    {
      ...instantJob,
      job_name: "into a partition",
      actions: [
        { deploy: { to: "master", rootfs: { url: rootfsIn(directory) } } },
        { boot: { ...instantJob.actions[0]?.boot, method: "u-boot", commands: "disk" } },
        ...instantJob.actions.slice(1),
      ],
    },
  ],
  device: { mac: "52:54:00:aa:00:01" },
  describe,
  test: it,
})
