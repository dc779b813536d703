import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import * as Effect from "effect/Effect"
import * as z from "zod"
import type { InvalidFile } from "../../../src/core/source/invalid-file.ts"
import { loadLab } from "../../../src/core/lab/load-lab.ts"
import { defineDevicePlugin, type DevicePlugin } from "../../../src/core/lab/plugin.ts"

const plugin = defineDevicePlugin({
  name: "board",
  parameters: z.strictObject({ disk: z.string().startsWith("/dev/"), dtb: z.string().optional() }),
}) as DevicePlugin

let directory: string

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "load-lab-"))
  await mkdir(join(directory, "device-types"))
})

afterAll(() => rm(directory, { recursive: true, force: true }))

const write = (name: string, value: object) =>
  writeFile(join(directory, name), JSON.stringify(value, null, 2))

const load = async (devices: object, rest: object = {}) => {
  await write("lab.json", { devices, ...rest })
  return Effect.runPromise(loadLab(join(directory, "lab.json"), [plugin]))
}

const problems = async (devices: object, rest: object = {}): Promise<ReadonlyArray<string>> => {
  const error: unknown = await load(devices, rest).then(
    () => undefined,
    (failure: unknown) => failure,
  )
  return (error as InvalidFile).problems.map(
    ({ file, line, column, path, message }) =>
      `${file.replace(`${directory}/`, "")}:${line}:${column} ${path} ${message}`,
  )
}

describe("loadLab", () => {
  it("gives a device what its type, the type that one extends, and it itself say", async () => {
    await write("device-types/base.json", {
      plugin: "board",
      parameters: { disk: "/dev/sda", dtb: "base.dtb" },
      timeouts: { actions: { "reset-device": { minutes: 1 } } },
    })
    await write("device-types/special.json", { extends: "base", parameters: { dtb: null } })
    const lab = await load({
      one: { device_type: "special", mac: "AA-BB-CC-00-11-22", parameters: { disk: "/dev/vdb" } },
    })
    expect(lab.devices.get("one")).toMatchObject({
      type: "special",
      plugin: "board",
      mac: "aa:bb:cc:00:11:22",
      parameters: { disk: "/dev/vdb" },
      timeouts: { "reset-device": 60 },
    })
  })

  it("shows a wrong parameter in the file that it stands in", async () => {
    await write("device-types/wrong.json", { plugin: "board", parameters: { disk: "sda" } })
    await write("device-types/right.json", { plugin: "board", parameters: { disk: "/dev/sda" } })
    expect(
      await problems({
        one: { device_type: "wrong" },
        two: { device_type: "right", parameters: { dbt: "x.dtb" } },
      }),
    ).toEqual([
      expect.stringMatching(/^device-types\/wrong\.json:4:13 disk expected/),
      expect.stringMatching(/^lab\.json:\d+:9 dbt .*did you mean "dtb"/),
    ])
  })

  it("names what there is where a type or a plugin is not", async () => {
    await write("device-types/other.json", { plugin: "bord" })
    await write("device-types/round.json", { extends: "round" })
    expect(
      await problems({
        one: { device_type: "speciall" },
        two: { device_type: "other" },
        three: { device_type: "round" },
      }),
    ).toEqual([
      expect.stringMatching(
        /lab\.json.* there is no device type "speciall"; did you mean "special"\?/,
      ),
      expect.stringMatching(/lab\.json.* needs the plugin "bord"; did you mean "board"\?/),
      expect.stringMatching(/device-types\/round\.json:2:14 extends round extends round: a circle/),
    ])
  })

  it("loads plugins from files beside the lab file, and says why one cannot be", async () => {
    await writeFile(
      join(directory, "mine.mjs"),
      `export default { name: "mine", parameters: { safeParse: (data) => ({ success: true, data }) } }`,
    )
    await write("device-types/mine.json", { plugin: "mine" })
    const lab = await load({ one: { device_type: "mine" } }, { plugins: ["./mine.mjs"] })
    expect(lab.devices.get("one")?.plugin).toBe("mine")
    await writeFile(join(directory, "empty.mjs"), "export const nothing = 1")
    expect(await problems({}, { plugins: ["./empty.mjs"] })).toEqual([
      expect.stringMatching(/plugins\[0\] "\.\/empty\.mjs" exports no plugin/),
    ])
    await writeFile(join(directory, "half.mjs"), `export default { name: "half", parameters: {} }`)
    expect(await problems({}, { plugins: ["./half.mjs"] })).toEqual([
      expect.stringMatching(/plugins\[0\] "\.\/half\.mjs" exports no plugin/),
    ])
    expect(await problems({}, { plugins: ["no-such-package"] })).toEqual([
      expect.stringMatching(
        /plugins\[0\] the plugin "no-such-package" cannot be loaded: Cannot find/,
      ),
    ])
  })

  it("loads plugins from packages installed beside the lab file, however they export it", async () => {
    const install = async (root: string, name: string, manifest: object, exported: string) => {
      const home = join(root, "node_modules", name)
      await mkdir(home, { recursive: true })
      await writeFile(join(home, "package.json"), JSON.stringify({ name, ...manifest }))
      const plugin = `{ name: "${exported}", parameters: { safeParse: (data) => ({ success: true, data }) } }`
      await writeFile(join(home, "index.mjs"), `export default ${plugin}`)
      await writeFile(join(home, "index.cjs"), `module.exports = ${plugin}`)
    }
    await install(directory, "@acme/imported", { exports: { import: "./index.mjs" } }, "imported")
    await install(directory, "required", { main: "index.cjs" }, "required")
    const exports = { "./boards": { types: "./index.d.ts", import: "./index.mjs" } }
    await install(directory, "below", { exports }, "below")
    const lab = await load({}, { plugins: ["@acme/imported", "required", "below/boards"] })
    expect([...lab.plugins.keys()]).toEqual(["board", "imported", "required", "below"])
    expect(await problems({}, { plugins: ["below"] })).toEqual([
      expect.stringMatching(/plugins\[0\] the plugin "below" cannot be loaded: No "exports" main/),
    ])

    // Another lab of the same process has its own packages.
    const other = await mkdtemp(join(tmpdir(), "load-lab-"))
    try {
      await install(other, "@acme/imported", { exports: { import: "./index.mjs" } }, "another")
      await writeFile(
        join(other, "lab.json"),
        JSON.stringify({ plugins: ["@acme/imported"], devices: {} }),
      )
      const second = await Effect.runPromise(loadLab(join(other, "lab.json"), []))
      expect([...second.plugins.keys()]).toEqual(["another"])
    } finally {
      await rm(other, { recursive: true })
    }
  })
})
