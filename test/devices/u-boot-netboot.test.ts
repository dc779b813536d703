import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs"
import { join } from "node:path"
import { execFileSync } from "node:child_process"
import { describe, expect, it, vi } from "vitest"
import { uBootNetboot } from "../../src/devices/u-boot-netboot.ts"
import { dispatch, loadLab, prepare } from "../../src/index.ts"
import { allActions } from "../../src/core/pipeline/plan.ts"
import { conformance } from "../../src/testing.ts"
import { readyMade } from "../board/boards.ts"
import { boardLab, job } from "../cli/board-lab.ts"
import { directoryWith } from "../cli/command.ts"

vi.setConfig({ testTimeout: 60_000 })

const someFile = new URL("../../package.json", import.meta.url).href
const [login, test] = job.actions
const loginKeys = { prompts: login?.boot?.prompts, auto_login: login?.boot?.auto_login }

/** A deploy by TFTP, and a boot of what it deploys. */
const netboot = (deploy: object, commands: string | ReadonlyArray<string>, more: object = {}) => ({
  ...job,
  device_type: "arm-virt-netboot",
  ...more,
  actions: [
    { deploy: { to: "tftp", kernel: { url: someFile, type: "zimage" }, ...deploy } },
    { boot: { method: "u-boot", commands, ...loginKeys } },
    test,
  ],
})

conformance({
  plugin: uBootNetboot,
  deviceType: "device-types/arm-virt-netboot.json",
  board: readyMade("u-boot-login-shell"),
  jobs: [netboot({ ramdisk: { url: someFile, "add-header": "u-boot" } }, "ramdisk")],
  describe,
  test: it,
})

/** The plan of a job on a board with other parameters than its type's. */
const planOf = async (jobSaid: object, parameters: object = {}, dispatcher: object = {}) => {
  const power = { on: "true", off: "true" }
  const device = { device_type: "arm-virt-netboot", power, parameters }
  const lab = await loadLab({ dispatcher, devices: { "board-01": device } })
  const { nodes } = await prepare({ value: jobSaid }, { lab })
  return nodes.flatMap(({ plan }) => allActions(plan.blocks))
}

describe("the plan of a boot over the network", () => {
  it("makes a FIT image where the commands load one", async () => {
    const names = (await planOf(netboot({}, ["tftp {FIT_ADDR} {FIT}", "bootm"]))).map(
      ({ name }) => name,
    )
    expect(names).toContain("prepare-fit")
    const plain = (await planOf(netboot({}, ["{BOOTX}"]))).map(({ name }) => name)
    expect(plain).not.toContain("prepare-fit")
  })

  it("says how the kernel is made ready for the board's U-Boot", async () => {
    const details = async (parameters: object) => {
      const actions = await planOf(netboot({}, "ramdisk"), parameters)
      return actions.find(({ name }) => name === "uboot-prepare-kernel")?.details
    }
    expect(await details({})).toEqual([])
    expect(await details({ load_addresses: { bootz: null } })).toEqual([
      "make a uImage of the zimage",
    ])
    const only = { bootz: null, bootm: null, booti: { kernel: "0x1", ramdisk: "0x2", dtb: "0x3" } }
    await expect(details({ load_addresses: only })).rejects.toThrow(
      "the board cannot boot a kernel of the type zimage: its load_addresses are for booti, neither for bootz nor for bootm",
    )
  })

  it("needs a program for an NFS server where the lab has none", async () => {
    const root = netboot({ nfsrootfs: { url: someFile } }, "nfs")
    const commands = async (dispatcher: object) =>
      (await planOf(root, {}, dispatcher)).flatMap(({ programs = [] }) =>
        programs.map(({ command }) => command),
      )
    expect(await commands({})).toContain("ganesha.nfsd")
    expect(await commands({ nfs: { export: "/srv/nfs" } })).not.toContain("ganesha.nfsd")
  })
})

describe.skipIf(process.geteuid?.() !== 0)("a root file system on NFS, unpacked as root", () => {
  it("has its owners, the modules and the tests in their places, whatever its links", async () => {
    const tree = directoryWith()
    for (const path of ["root/usr/lib/modules/5", "root/run", "root/var", "new/lib/modules/6/k"]) {
      mkdirSync(join(tree, path), { recursive: true })
    }
    symlinkSync("usr/lib", join(tree, "root/lib"))
    symlinkSync("/run", join(tree, "root/var/run"))
    writeFileSync(join(tree, "new/lib/modules/6/k/m.ko"), "module")
    const tar = (from: string, ...options: ReadonlyArray<string>) => {
      execFileSync("tar", ["-C", join(tree, from), "-cf", join(tree, `${from}.tar`), ...options])
      return { url: join(tree, `${from}.tar`) }
    }
    const nfsrootfs = tar("root", "--owner=1234", ".")
    const modules = tar("new", "./lib")
    const exported = directoryWith()

    const { directory, board } = await boardLab({ script: readyMade("u-boot-login-shell") })
    const lab = JSON.parse(readFileSync(join(directory, "lab.json"), "utf8")) as {
      readonly devices: { readonly "board-01": object }
    }
    const device = { ...lab.devices["board-01"], device_type: "arm-virt-netboot" }
    const nfs = { directory: exported, export: "/srv/nfs", server: "10.0.0.1" }
    const seen: Array<string> = []
    const ended = await dispatch(
      {
        value: netboot({ nfsrootfs, modules }, "nfs", {
          context: { lava_test_results_dir: "/var/run/lava-%s" },
        }),
      },
      {
        id: "7",
        lab: await loadLab({
          dispatcher: { address: "127.0.0.1", tftp: { port: 0 }, nfs },
          devices: { "board-01": device },
        }),
        onEvent: (event) => {
          if (event.type !== "action-started" || event.name !== "publish-boot-files") return
          for (const name of readdirSync(exported, { recursive: true })) seen.push(String(name))
          const [own = ""] = readdirSync(exported)
          const root = join(exported, own, "nfsroot")
          expect(lstatSync(join(root, "usr")).uid).toBe(1234)
          expect(lstatSync(join(root, "lib")).isSymbolicLink()).toBe(true)
          expect(lstatSync(join(root, "var/run")).isSymbolicLink()).toBe(true)
        },
      },
    ).result
    await board.close()
    expect(ended.error?.message).toBeUndefined()
    const inRoot = seen.map((path) => path.replace(/^[^/]+\/nfsroot\//, ""))
    expect(inRoot).toEqual(
      expect.arrayContaining([
        "usr/lib/modules/5",
        "usr/lib/modules/6/k/m.ko",
        "run/lava-7/bin/lava-test-case",
      ]),
    )
    expect(inRoot.filter((path) => path.includes(".lab-dispatch-"))).toEqual([])
    expect(readdirSync(exported)).toEqual([])
  })
})
