import { readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it, vi } from "vitest"
import { parse } from "yaml"
import { allActions } from "../../src/core/pipeline/plan.ts"
import { lavaDictionary } from "../../src/devices/lava-dictionary.ts"
import { loadLab, prepare } from "../../src/index.ts"
import { conformance } from "../../src/testing.ts"
import { readyMade } from "../board/boards.ts"
import { boardLab, job } from "../cli/board-lab.ts"
import { directoryWith, dispatch } from "../cli/command.ts"
import { armVirtDictionary } from "./dictionaries/arm-virt.ts"

vi.setConfig({ testTimeout: 60_000 })

const someFile = new URL("../../package.json", import.meta.url).href
const [login, test] = job.actions
const loginKeys = { prompts: login?.boot?.prompts, auto_login: login?.boot?.auto_login }

/** A job for a device with U-Boot. */
const netboot = (boot: object = {}, deploy: object = {}) => ({
  ...job,
  device_type: "arm-virt",
  actions: [
    {
      deploy: {
        to: "tftp",
        kernel: { url: someFile, type: "zimage" },
        ramdisk: { url: someFile },
        ...deploy,
      },
    },
    { boot: { method: "u-boot", commands: "ramdisk", ...loginKeys, ...boot } },
    test,
  ],
})

// In a device type null takes a key away.
const { constants, parameters, actions } = parse(armVirtDictionary({}), (_, value: unknown) =>
  value === null ? {} : value,
) as Record<string, object>

conformance({
  plugin: lavaDictionary,
  deviceType: { plugin: "lava-dictionary", parameters: { constants, parameters, actions } },
  board: readyMade("u-boot-login-shell"),
  jobs: [netboot()],
  describe,
  test: it,
})

/** What is said in a plan for a device of the dictionary as a text, changed. */
const planOf = async (asked: object, change: (text: string) => string = (text) => text) => {
  const text = change(armVirtDictionary({ hard_reset: "pdu reset" }))
  const directory = directoryWith({ "board.yaml": text })
  const lab = await loadLab({
    devices: {
      "board-01": { device_type: "arm-virt", dictionary: join(directory, "board.yaml") },
    },
  })
  const { nodes } = await prepare({ value: asked }, { lab })
  return nodes.flatMap(({ plan }) => allActions(plan.blocks))
}

describe("a job on a device that a dictionary describes", () => {
  it("types the dictionary's commands within the dictionary's time limits", async () => {
    const plan = await planOf(netboot())
    const typed = plan.find(({ name }) => name === "bootloader-commands")
    expect(typed?.details).toContain("tftp {TEE_ADDR} {TEE}")
    expect(typed).toMatchObject({ connectionSeconds: 30 })
    expect(plan.find(({ name }) => name === "bootloader-interrupt")?.timeoutSeconds).toBe(30)
  })

  it("gives the ramdisk U-Boot's header where the dictionary wants it to", async () => {
    const details = async (change?: (text: string) => string) =>
      (await planOf(netboot(), change)).find(({ name }) => name === "uboot-prepare-kernel")?.details
    expect(await details()).toEqual(["give the ramdisk U-Boot's header"])
    expect(await details((text) => text.replace("add_header: u-boot", "add_header:"))).toEqual([])
  })

  it.each([
    [
      netboot({ method: "grub" }),
      /board-01 cannot boot by "grub": its dictionary's actions.boot.methods has u-boot, minimal, ssh, uuu/,
    ],
    [netboot({ commands: "nfs" }), /no list of U-Boot commands "nfs"; it has ums, ramdisk/],
  ])("is refused where the dictionary has no such method or list", async (asked, message) => {
    await expect(planOf(asked)).rejects.toThrow(message)
  })

  it("is refused where the dictionary does not say the prompt", async () => {
    const promptless = (text: string) => text.replace("bootloader_prompt: =>", "bootloader_prompt:")
    await expect(planOf(netboot(), promptless)).rejects.toThrow(
      /does not say the prompt .* give actions.boot.methods.u-boot.parameters a "bootloader_prompt"/,
    )
  })
})

describe("dispatch JOB --device DICTIONARY", () => {
  it("runs without a lab file, and leaves the tests where the dictionary wants them", async () => {
    const { directory, switched } = await boardLab({ script: readyMade("u-boot-login-shell") })
    const { devices } = JSON.parse(readFileSync(join(directory, "lab.json"), "utf8")) as {
      readonly devices: Record<
        string,
        { readonly console: { readonly tcp: { readonly port: number } }; readonly power: Power }
      >
    }
    const { console, power } = devices["board-01"]!
    const script = (command: ReadonlyArray<string>) => `bash -c '${command[2]}'`
    const dictionary = armVirtDictionary({
      connect: `socat - TCP:127.0.0.1:${console.tcp.port}`,
      hard_reset: [script(power.off), script(power.on)],
      power_off: script(power.off),
    })
    const steps = ["lava-test-case here --shell test -d /tmp/lava-5/tests -o -d /tmp/lava-5/0"]
    const definition = {
      ...test?.test?.definitions[0],
      repository: {
        metadata: { name: "here", format: "Lava-Test Test Definition 1.0" },
        run: { steps },
      },
    }
    const asked = {
      ...job,
      actions: [
        { boot: { method: "bootloader", bootloader: "u-boot", prompts: ["=> "] } },
        { boot: { method: "minimal", ...loginKeys } },
        { test: { definitions: [definition] } },
      ],
    }
    const files = directoryWith({ "job.json": asked, "bbb-01.yaml": dictionary })
    const ended = await dispatch(["job.json", "--device", "bbb-01.yaml", "--id", "5"], {
      cwd: files,
    })
    expect(ended.stdout + ended.stderr).toMatch(/here.*pass/)
    expect(ended.code, ended.stdout).toBe(0)
    expect(switched()).toEqual(["off", "on", "off", "on", "off"])
  })

  it("says what is wrong with a dictionary, and that there is none", async () => {
    const cwd = directoryWith({ "job.json": job, "bbb.yaml": "actions: 1\n" })
    const wrong = await dispatch(["job.json", "--device", "bbb.yaml"], { cwd })
    expect(wrong.stderr).toContain("bbb.yaml:1:10 actions: expected a mapping, found 1")
    expect(wrong.code).toBe(2)
    const missing = await dispatch(["job.json", "--device", "none.yaml"], { cwd })
    expect(missing.stderr).toContain("none.yaml: cannot be read: no such file")
  })
})

type Power = Readonly<Record<"on" | "off", ReadonlyArray<string>>>
