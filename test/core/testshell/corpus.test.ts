import { existsSync, readFileSync } from "node:fs"
import { mkdir, writeFile } from "node:fs/promises"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import { execa } from "execa"
import { describe, expect, it } from "vitest"
import { type TestDefinition, TestDefinitionRef } from "../../../src/core/testshell/definition.ts"
import { readDefinition } from "../../../src/core/testshell/read-definition.ts"
import { runScript } from "../../../src/core/testshell/run-script.ts"
import { deviceShells, overlayOf, runStage, signalsOf, useDirectory } from "./device.ts"

/** Test definitions of public repositories, kept beside a checkout where somebody has collected them. */
const corpus = new URL("../../../../shared/corpus/testdefs/", import.meta.url).pathname
const absent = !existsSync(corpus)

/** What the collection tells of each: a line of tab-separated values. */
const index = absent
  ? []
  : readFileSync(`${corpus}INDEX.tsv`, "utf8")
      .trim()
      .split("\n")
      .slice(1)
      .map((line) => {
        const [file = "", , format = "", name = "", steps = ""] = line.split("\t")
        return { file, format, name, steps: Number(steps) }
      })

const read = (file: string) => Effect.runPromise(readDefinition(`${corpus}${file}`))

/** Those that are meant for a shell. The steps of the others are sentences, for people. */
const automatic = index.filter(({ format }) => !format.startsWith("Manual"))

/** What a definition needs beside itself; only definitions were collected. */
const needs = ({ run }: TestDefinition): ReadonlyArray<string> => {
  const text = (run?.steps ?? []).join("\n")
  return [
    ...(/(?:^|\s)(?:\.{1,2}\/|automated\/)/m.test(text) ? ["files of its repository"] : []),
    ...(/\blava-(?:send|sync|wait|wait-all)\b/.test(text) ? ["other devices"] : []),
  ]
}

const directory = useDirectory()

describe.skipIf(absent)("real test definitions (skipped where ../shared/corpus is absent)", () => {
  it("are read, with their names and steps", async () => {
    expect(index.length).toBeGreaterThanOrEqual(112)
    for (const { file, name, steps } of index) {
      const { definition } = await read(file)
      expect([definition.metadata.name, definition.run?.steps.length], file).toEqual([name, steps])
    }
  })

  it("become scripts that every shell can read", async () => {
    const scripts = join(directory.path, "scripts")
    await mkdir(scripts)
    for (const [number, { file }] of automatic.entries()) {
      const { definition, value } = await read(file)
      const ref = TestDefinitionRef.parse({ from: "inline", name: "real", repository: value })
      const loaded = { ref, definition, directory: "/", text: "" }
      await writeFile(join(scripts, String(number)), runScript(loaded, "/", "0_real", "/bin/sh"))
    }
    for (const shell of ["dash", "bash", "busybox ash"]) {
      const { stdout } = await execa(
        "sh",
        ["-c", `for each in *; do ${shell} -n $each || echo $each; done 2>&1`],
        { cwd: scripts },
      )
      expect(stdout, shell).toBe("")
    }
  })

  it("run where they need nothing but themselves", { timeout: 60_000 }, async () => {
    const runnable: Array<{ readonly name: string; readonly value: unknown }> = []
    for (const { file, name } of automatic) {
      const { definition, value } = await read(file)
      if (needs(definition).length === 0) runnable.push({ name, value })
    }
    expect(runnable.map(({ name }) => name)).toContain("remote-adb-devices-smoke-test")
    for (const device of await deviceShells(directory.path)) {
      for (const { name, value } of runnable) {
        const definition = value as Record<string, unknown>
        // No device is there to be asked.
        const params = { DEVICE_WORKER_MAPPING_FILE: "/dev/null" }
        const overlay = await overlayOf(directory.path, device, {
          [name]: { ...definition, params },
        })
        expect(signalsOf(await runStage(device, overlay)), `${name} on ${device.name}`).toEqual([
          { type: "STARTRUN", definition: `0_${name}`, uuid: "1_1.0" },
          { type: "ENDRUN", definition: `0_${name}`, uuid: "1_1.0", exit: 0 },
          { type: "EXIT" },
        ])
      }
    }
  })
})
