import { readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { boardLab, job } from "./board-lab.ts"
import { dispatch } from "./command.ts"

/** A device plugin whose boot leaves a time bomb. */
const plugin = `
import * as Effect from ${JSON.stringify(import.meta.resolve("effect/Effect"))}
import * as z from ${JSON.stringify(import.meta.resolve("zod"))}
import { action, defineDevicePlugin } from ${JSON.stringify(new URL("../../src/index.ts", import.meta.url).href)}

export default defineDevicePlugin({
  name: "broken",
  parameters: z.object({}),
  boot: {
    minimal: () =>
      action({
        name: "broken-boot",
        description: "wait for the bomb",
        run: Effect.callback(() => {
          setTimeout(() => { throw new Error("the bomb went off") }, 200)
        }),
      }),
  },
})
`

const brokenLab = async () => {
  const lab = await boardLab({ files: { "job.json": job } })
  const { directory } = lab
  const { devices } = JSON.parse(readFileSync(join(directory, "lab.json"), "utf8")) as {
    readonly devices: { readonly "board-01": object }
  }
  const { writeFiles } = await import("./command.ts")
  writeFiles(directory, {
    "broken.mjs": plugin,
    "device-types/broken.json": { plugin: "broken" },
    "lab.json": {
      plugins: ["./broken.mjs"],
      devices: { "board-01": { ...devices["board-01"], device_type: "broken" } },
    },
    "job.json": { ...job, device_type: "broken" },
  })
  return lab
}

describe("an exception that escapes in a job", () => {
  it("is told in a sentence, and the device is switched off", async () => {
    const { directory: cwd, switched } = await brokenLab()
    const { code, stdout, stderr } = await dispatch(["job.json", "-o", "out"], { cwd })
    expect(code).toBe(70)
    expect(stderr).toMatch(
      /^error: a mistake in lab-dispatch, not in your files: the bomb went off; please run it again with --debug[^\n]*\n$/,
    )
    expect(stdout).not.toContain("    at ")
    expect(switched()).toEqual(["off"])
    expect(readFileSync(join(cwd, "out/logs.yaml"), "utf8")).toMatch(/the bomb went off\\n +at /)
    expect(readFileSync(join(cwd, "out/results.json"), "utf8")).toContain('"job"')
  })

  it("is told with its stack by --debug", async () => {
    const { directory: cwd } = await brokenLab()
    const { code, stderr } = await dispatch(["--debug", "job.json"], { cwd })
    expect(code).toBe(70)
    expect(stderr).toMatch(/Error: the bomb went off\n +at .*broken\.mjs/)
  })
})
