import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import fc from "fast-check"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { afterAll, beforeEach, describe, expect, it } from "vitest"
import { builtInPlugins } from "../../../src/index.ts"
import { loadDeviceType } from "../../../src/core/lab/device-type.ts"
import { loadLab } from "../../../src/core/lab/load-lab.ts"
import { parameterProblems } from "../../../src/core/lab/parameters.ts"
import type { Problem } from "../../../src/core/source/problem.ts"
import { edited, edits, faultsOf, mutated, mutation, yamlish } from "../source/fuzzing.ts"

const limit = { minutes: 1, seconds: 30 }
const artifact = { url: "package://kernel.gz", compression: "gz", sha256sum: "0".repeat(64) }

/** Device types that use every key, the one over the other. */
const base = {
  $schema: "./device-type.schema.json",
  description: "a board",
  plugin: "master-initrd",
  parameters: {
    master: { kernel: artifact, initrd: artifact, dtb: artifact, prompt: "master# $" },
    disk: "/dev/sda",
    kernel_args: "quiet",
    error_messages: ["TFTP error"],
    u_boot: { prompt: "=> ", commands: { network: ["dhcp", "bootz"] } },
  },
  reset_messages: ["^ACME \\d"],
}
const special = {
  extends: "base",
  parameters: {
    master: { dtb: null, kernel_args: "quiet", u_boot_commands: "network" },
    dtb: "board.dtb",
    kernel_start_message: "Starting kernel",
    u_boot: { interrupt_prompt: "stop autoboot", interrupt_keys: "s" },
  },
  timeouts: { actions: { "reset-device": limit }, connections: { "auto-login-action": limit } },
  character_delays: { deploy: 1, boot: 2, test: 3 },
}

/** A lab that uses every key. */
const goodLab = {
  $schema: "./lab.schema.json",
  dispatcher: {
    address: "10.0.2.2",
    bind: "0.0.0.0",
    tftp: { port: 6969 },
    http: { port: 0 },
    netcat: { port: "5000-5009" },
  },
  plugins: [],
  device_types: ["device-types"],
  repositories: ["./files", "https://files.example.org/"],
  devices: {
    "board-01": {
      device_type: "special",
      mac: "52:54:00:aa:00:01",
      address: "10.0.2.15",
      console: { serial: { path: "/dev/ttyUSB0", baud: 115200 }, character_delay_ms: 1 },
      power: { on: ["pdu", "on"], off: "pdu off", off_seconds: 1, attempts: 2 },
      commands: { relay: { do: "relay on", undo: ["relay", "off"] } },
      tags: ["arm"],
      parameters: { disk: "/dev/sdb" },
      timeouts: { actions: { "reset-device": limit }, connections: {} },
      character_delays: { test: 0 },
    },
    "board-02": {
      device_type: "generic",
      console: { tcp: { host: "127.0.0.1", port: 1 } },
      power: { reset: "pdu reset" },
    },
  },
}

const directory = mkdtempSync(join(tmpdir(), "fuzz-lab-"))
const types = join(directory, "device-types")
const plugins = new Map(builtInPlugins.map((plugin) => [plugin.name, plugin]))
const inJson = (value: unknown) => JSON.stringify(value, null, 1)

const write = (name: string, text: string) => writeFileSync(join(directory, name), text)

beforeEach(() => {
  mkdirSync(types, { recursive: true })
  write("lab.yaml", inJson(goodLab))
  write("device-types/base.yaml", inJson(base))
  write("device-types/special.yaml", inJson(special))
})
afterAll(() => rmSync(directory, { recursive: true }))

/** What a person sees of the lab: problems, or undefined where it can be used. */
const judgeLab = async (): Promise<ReadonlyArray<Problem> | undefined> => {
  const lab = loadLab(join(directory, "lab.yaml"), builtInPlugins)
  const result = await Effect.runPromise(Effect.result(lab))
  return Result.isFailure(result) ? result.failure.problems : undefined
}

/** What a person sees of a device type by itself. */
const judgeType = async (): Promise<ReadonlyArray<Problem> | undefined> => {
  const result = await Effect.runPromise(Effect.result(loadDeviceType("special", [types])))
  if (Result.isFailure(result)) return result.failure.problems
  const problems = result.success ? parameterProblems(result.success, plugins) : []
  return problems.length > 0 ? problems : undefined
}

const faults = (problems: ReadonlyArray<Problem> | undefined) =>
  faultsOf(problems, (file) => readFileSync(file, "utf8"))

it("they are good to begin with", async () => {
  expect(await judgeLab()).toBeUndefined()
  expect(await judgeType()).toBeUndefined()
})

const runs = { numRuns: 150 }

describe.each([
  ["a lab file", "lab.yaml", goodLab, judgeLab],
  ["a device type", "device-types/special.yaml", special, judgeType],
  ["a device type that another extends", "device-types/base.yaml", base, judgeType],
  ["a device type of a lab", "device-types/special.yaml", special, judgeLab],
] as const)("%s is accepted or refused in plain words:", (_, file, good, judge) => {
  const answered = async (text: string) => {
    write(file, text)
    expect(faults(await judge())).toEqual([])
  }

  it("random documents", async () => {
    await fc.assert(fc.asyncProperty(fc.oneof(fc.json({ maxDepth: 5 }), yamlish), answered), runs)
  })

  it("with characters changed", async () => {
    const text = inJson(good)
    const changes = edits(text.length)
    await fc.assert(
      fc.asyncProperty(changes, (change) => answered(edited(text, change))),
      runs,
    )
  })

  it("with values changed", async () => {
    const changes = fc.array(mutation, { minLength: 1, maxLength: 4 })
    await fc.assert(
      fc.asyncProperty(changes, (mutations) => answered(inJson(mutated(good, mutations)))),
      { numRuns: 300 },
    )
  })
})

it("any value of a program is answered", async () => {
  const anything = fc.anything({ withDate: true, withMap: true, withBigInt: true })
  await fc.assert(
    fc.asyncProperty(
      anything.filter((value) => typeof value === "object" && value !== null),
      async (value) => {
        const lab = Effect.result(loadLab(value, builtInPlugins))
        const result = await Effect.runPromise(lab)
        const problems = Result.isFailure(result) ? result.failure.problems : undefined
        expect(problems).not.toEqual([])
      },
    ),
    runs,
  )
})
