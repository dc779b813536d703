import { existsSync, readFileSync } from "node:fs"
import path from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as z from "zod"
import { makePower, PowerSettings } from "../../../src/core/power/power.ts"
import { eventually, isRunning, temporaryDirectory } from "../console/peers.ts"

/** Power whose commands are shell scripts; `$log` is the file that they write to. */
const scripted = (settings: Readonly<Record<string, unknown>>) =>
  Effect.gen(function* () {
    const log = path.join(yield* temporaryDirectory, "log")
    const commands = Object.entries(settings).map(([key, value]) => [
      key,
      typeof value === "string" ? ["sh", "-c", `log=${log}; ${value}`] : value,
    ])
    const power = makePower(PowerSettings.parse(Object.fromEntries(commands)))
    const logged = () => (existsSync(log) ? readFileSync(log, "utf8").trim().split("\n") : [])
    return { power, logged }
  })

describe("power by commands", () => {
  it.live("switches on and off, and resets by off, a pause and on", () =>
    Effect.gen(function* () {
      const { power, logged } = yield* scripted({
        on: "echo on $(date +%s%3N) >> $log",
        off: "echo off $(date +%s%3N) >> $log",
        off_seconds: 0.3,
      })
      yield* power.on
      yield* power.off
      yield* power.reset
      const lines = logged().map((line) => line.split(" "))
      expect(lines.map(([what]) => what)).toEqual(["on", "off", "off", "on"])
      expect(Number(lines[3]![1]) - Number(lines[2]![1])).toBeGreaterThanOrEqual(300)
    }),
  )

  it.live("resets by the reset command where there is one", () =>
    Effect.gen(function* () {
      const { power, logged } = yield* scripted({
        on: "echo on >> $log",
        off: "echo off >> $log",
        reset: "echo reset >> $log",
      })
      yield* power.reset
      expect(logged()).toEqual(["reset"])
    }),
  )

  it.live("leaves a device that can only be reset as it is", () =>
    Effect.gen(function* () {
      const { power, logged } = yield* scripted({ reset: "echo reset >> $log" })
      yield* power.on
      yield* power.off
      yield* power.reset
      expect(logged()).toEqual(["reset"])
    }),
  )

  it.live("tries again after a pause, and tells why the last try failed", () =>
    Effect.gen(function* () {
      const failing = { attempts: 3, retry_seconds: 0.05 }
      const settling = yield* scripted({
        on: "echo try >> $log; [ $(wc -l < $log) -ge 3 ]",
        off: "true",
        ...failing,
      })
      yield* settling.power.on
      expect(settling.logged()).toHaveLength(3)
      const broken = yield* scripted({
        on: "true",
        off: "echo try >> $log; echo asking >&2; echo 'no answer from pdu-3' >&2; exit 4",
        ...failing,
      })
      const error = yield* Effect.flip(broken.power.off)
      expect(broken.logged()).toHaveLength(3)
      expect(error._tag).toBe("InfrastructureError")
      expect(error.message).toMatch(
        /^cannot switch the device off: the command "sh -c '.*'" failed with exit status 4: asking \| no answer from pdu-3; try it by hand on this machine$/s,
      )
    }),
  )

  it.live("tells of a program that does not exist", () =>
    Effect.gen(function* () {
      const settings = PowerSettings.parse({ reset: "pduclient-none --reset 3", attempts: 1 })
      const error = yield* Effect.flip(makePower(settings).reset)
      expect(error.message).toMatch(
        /^cannot reset the device: the command "pduclient-none --reset 3" cannot be started \(.*ENOENT\)/,
      )
    }),
  )

  it.live("ends a command that takes too long, with what it started", () =>
    Effect.gen(function* () {
      const { power, logged } = yield* scripted({
        reset: "sleep 1000 & echo $! >> $log; wait",
        timeout_seconds: 0.5,
        attempts: 1,
      })
      const error = yield* Effect.flip(power.reset)
      expect(error.message).toContain("did not end within 0.5 s")
      yield* eventually(() => !isRunning(Number(logged()[0])))
    }),
  )

  it.live("ends a command that is interrupted", () =>
    Effect.gen(function* () {
      const { power, logged } = yield* scripted({ reset: "echo $$ >> $log; exec sleep 1000" })
      const running = yield* Effect.forkChild(power.reset)
      yield* eventually(() => logged().length > 0)
      yield* Fiber.interrupt(running)
      yield* eventually(() => !isRunning(Number(logged()[0])))
    }),
  )

  it.live("does not wait for what a command leaves running, nor end it", () =>
    Effect.gen(function* () {
      const { power, logged } = yield* scripted({ reset: "sleep 1000 & echo $! >> $log" })
      const started = performance.now()
      yield* power.reset
      expect(performance.now() - started).toBeLessThan(5000)
      const pid = Number(logged()[0])
      expect(isRunning(pid)).toBe(true)
      process.kill(pid)
    }),
  )
})

describe("a device without a power section", () => {
  it.effect("cannot be switched", () =>
    Effect.gen(function* () {
      const power = makePower(undefined)
      for (const [what, action] of [
        ["switched on", power.on],
        ["switched off", power.off],
        ["reset", power.reset],
      ] as const) {
        const error = yield* Effect.flip(action)
        expect(error).toMatchObject({
          _tag: "ConfigurationError",
          message: `the device was to be ${what}, but the lab file does not say how; give it a "power" section`,
        })
      }
    }),
  )
})

describe("PowerSettings", () => {
  const problems = (settings: unknown) =>
    PowerSettings.safeParse(settings).error?.issues.map(({ message }) => message)

  it("takes commands as lists and as strings, which are split as a shell would", () => {
    const settings = PowerSettings.parse({
      on: ["pduclient", "--on", "3"],
      off: `ssh pdu 'outlet 3 off' --name "lab pdu"`,
    })
    expect(settings).toMatchObject({
      on: ["pduclient", "--on", "3"],
      off: ["ssh", "pdu", "outlet 3 off", "--name", "lab pdu"],
      off_seconds: 1,
      timeout_seconds: 30,
    })
  })

  it("wants both on and off, or reset", () => {
    const expected = [
      `expected "on" and "off", or "reset" alone for a device that is always on; or what kind of virtual machine it is: qemu, qmp, libvirt`,
    ]
    expect(problems({})).toEqual(expected)
    expect(problems({ on: "x" })).toEqual(expected)
    expect(problems({ on: "x", reset: "x" })).toEqual(expected)
    expect(problems({ reset: "x" })).toBeUndefined()
    expect(problems({ on: "x", off: "x", reset: "x" })).toBeUndefined()
  })

  it("rejects what cannot be", () => {
    const wrong = [
      { reset: [] },
      { reset: "" },
      { reset: "x", off_seconds: -1 },
      { reset: "x", y: 1 },
    ]
    expect(wrong.map((settings) => problems(settings)?.length)).toEqual([1, 1, 1, 1])
  })

  it("has a JSON Schema for editors", () => {
    expect(z.toJSONSchema(PowerSettings, { io: "input" })).toMatchObject({
      type: "object",
      additionalProperties: false,
      anyOf: expect.arrayContaining([{ required: ["on", "off"] }, { required: ["reset"] }]),
    })
  })
})

describe("the snapshots of a virtual machine by commands", () => {
  it.live("are gone back to while it is off", () =>
    Effect.gen(function* () {
      const { power, logged } = yield* scripted({
        on: "echo on >> $log",
        off: "echo off >> $log",
        revert: "echo rollback tank/vm@{SNAPSHOT} >> $log",
      })
      yield* power.revert!("clean")
      expect(logged()).toEqual(["off", "rollback tank/vm@clean", "on"])
    }),
  )

  it.live("may be all that the lab has", () =>
    Effect.gen(function* () {
      const { power, logged } = yield* scripted({ revert: "echo {SNAPSHOT} >> $log" })
      yield* power.revert!("clean")
      expect(logged()).toEqual(["clean"])
      expect((yield* Effect.flip(power.reset))._tag).toBe("ConfigurationError")
    }),
  )
})
