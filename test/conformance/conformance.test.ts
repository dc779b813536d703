import { execFile } from "node:child_process"
import { createServer } from "node:http"
import { connect } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { promisify } from "node:util"
import { writeFile } from "node:fs/promises"
import * as Effect from "effect/Effect"
import { expect, it, onTestFinished } from "vitest"
import * as z from "zod"
import type { ActionContext } from "../../src/actions/action-context.ts"
import {
  action,
  autoLogin,
  type BootWatch,
  bootWatch,
  BootWatchParameters,
  connectDevice,
  defineAction,
  defineDevicePlugin,
  type Device,
  JobError,
  resetDevice,
  sequence,
} from "../../src/index.ts"
import { runTrial } from "../../src/conformance/trial.ts"
import { wrongEnding } from "../../src/conformance/endings.ts"
import { conformance, type TrialDevice } from "../../src/testing.ts"
import type { DevicePlugin } from "../../src/core/lab/plugin.ts"
import { readyMade } from "../board/boards.ts"
import { job } from "../cli/board-lab.ts"

const deviceType = { plugin: "wrong" }
const instantBoard = readyMade("instant-runner")

/** A plugin that boots as it should, after something that it should not do. */
const wrongly = (
  first: Parameters<typeof sequence>[2][number] | ((device: Device) => void) | undefined,
  parameters: z.ZodType<Record<string, unknown>> = z.strictObject(BootWatchParameters),
) =>
  defineDevicePlugin({
    name: "wrong",
    parameters,
    boot: {
      minimal: (boot, device) => {
        if (typeof first === "function") first(device)
        const watch: BootWatch = bootWatch({ error_messages: [] })
        return sequence("minimal-boot", "", [
          connectDevice(),
          ...(typeof first === "object" ? [first as ReturnType<typeof connectDevice>] : []),
          resetDevice(device, boot),
          autoLogin(boot, watch),
        ])
      },
    },
  }) as DevicePlugin

const own = (run: (context: ActionContext) => void | Promise<void>) =>
  defineAction({ name: "own", description: "", run })

/** The tests of the suite by their names, without the job's. */
const suite = (
  plugin: DevicePlugin,
  type: object = deviceType,
  board: string | ((name: string) => Promise<TrialDevice>) = instantBoard,
) => {
  const tests = new Map<string, () => Promise<void>>()
  conformance({
    plugin,
    deviceType: type,
    board,
    jobs: [job],
    describe: (_, define) => define(),
    test: (name, run) => void tests.set(name.replace(`${job.job_name}: `, ""), run),
  })
  return async (name: RegExp): Promise<string> => {
    const found = [...tests].find(([each]) => name.test(each))
    if (!found) throw new Error(`no test ${String(name)} in ${[...tests.keys()].join(", ")}`)
    return found[1]().then(
      () => "passes",
      (error: unknown) => (error as Error).message,
    )
  }
}

const parameters = /parameters/
const plan = /plan shows/
const lost = /is lost/
const canceled = /is canceled/
const silence = /falls silent/

it("passes a plugin that is right", async () => {
  const run = suite(wrongly(undefined))
  expect(await run(parameters)).toBe("passes")
  expect(await run(plan)).toBe("passes")
  expect(await run(lost)).toBe("passes")
  expect(await run(canceled)).toBe("passes")
})

it("finds parameters that take anything", async () => {
  const loose = suite(wrongly(undefined, z.looseObject(BootWatchParameters)))
  expect(await loose(parameters)).toMatch(/does not know is accepted: .* z\.strictObject/)
  const anything = z.strictObject({ strap: z.unknown() })
  expect(await suite(wrongly(undefined, anything))(parameters)).toContain(
    'the parameter "strap" takes anything',
  )
  const nowhere = z
    .strictObject({ strap: z.unknown() })
    .refine(({ strap }) => strap === "NAND", "the strap is wrong")
  const type = { plugin: "wrong", parameters: { strap: "NAND" } }
  expect(await suite(wrongly(undefined, nowhere), type)(parameters)).toContain(
    'a wrong value of "strap" is refused without its place',
  )
})

it("finds a planner that does what an action should do", async () => {
  const touches = ({ console }: Device) => {
    const socket = connect(console?.tcp?.port ?? 0, "127.0.0.1")
    socket.on("connect", () => socket.destroy())
  }
  expect(await suite(wrongly(touches))(plan)).toContain(
    "planning switched the board, opened its console",
  )
})

it("finds an action of the plan that does not run", async () => {
  const child = own(() => {})
  const group = { ...own(() => {}), name: "group", children: [child] }
  expect(await suite(wrongly(group))(plan)).toContain(
    "the plan shows 1.2.1 own: , but it did not run",
  )
})

it("finds a job that does not pass, and says why", async () => {
  const fails = own(() => {
    throw new Error("no strap")
  })
  const wrong = await suite(wrongly(fails))(canceled)
  expect(wrong).toContain(
    "the job does not pass on an undisturbed board: a mistake in a plugin: no strap",
  )
})

it("finds a board that is switched on again behind the end of a job", async () => {
  const on = own(({ atEnd, device }) => {
    atEnd(async () => {
      const [program = "", ...words] = device.power?.on ?? []
      await promisify(execFile)(program, words)
    })
  })
  const run = suite(wrongly(on))
  expect(await run(plan)).toContain("the board still has power after the job's end")
  expect(await run(canceled)).toMatch(/the board still has power/)
})

it("finds what a plugin leaves behind", async () => {
  const leaves = own(async () => {
    await writeFile(join(tmpdir(), "left"), "")
    const server = createServer()
    onTestFinished(() => void server.close())
    await new Promise<void>((resolve) => void server.listen(0, () => resolve()))
  })
  const wrong = await suite(wrongly(leaves))(plan)
  expect(wrong).toContain(
    "after all jobs had ended, the file left is left among the temporary files",
  )
  expect(wrong).toContain("1 listening ports (TCP) more than before")
})

it("finds a mistake that shows when a job is canceled or its console is lost", async () => {
  const careless = own(async ({ console }) => {
    await console.send("").catch(() => {})
    await Promise.race([
      console.expect("nothing", [{ name: "never", pattern: "never" }]),
      sleep(200),
    ]).catch((error: { lines: { length: number } }) => {
      throw new TypeError(`it has ${error.lines.length} lines`)
    })
  })
  expect(await suite(wrongly(careless))(lost)).toMatch(
    /when the console is lost from the beginning: own ended with a BugError, /,
  )
})

it("tries devices that have no console and no power switch", async () => {
  const taken = new Set<string>()
  const silent = new Set<string>()
  let started = 0
  const start = async (): Promise<TrialDevice> => {
    const tag = `device-${++started}`
    return {
      entry: { tags: [tag] },
      taken: async () => (taken.has(tag) ? ["its key is not back"] : []),
      silence: async () => void silent.add(tag),
      close: async () => {},
    }
  }
  const plugin = (isCareful: boolean) =>
    defineDevicePlugin({
      name: "wrong",
      parameters: z.strictObject({}),
      boot: {
        minimal: () =>
          own(async ({ atEnd, signal, device: { tags } }) => {
            const [tag = ""] = tags
            taken.add(tag)
            if (isCareful) atEnd(() => void taken.delete(tag))
            await sleep(200, undefined, { signal })
            if (silent.has(tag) && !isCareful) throw new TypeError("it said nothing")
            taken.delete(tag)
          }),
      },
      test: () => own(() => {}),
    }) as DevicePlugin
  const careful = suite(plugin(true), deviceType, start)
  for (const name of [plan, canceled, silence]) expect(await careful(name)).toBe("passes")
  const careless = suite(plugin(false), deviceType, start)
  expect(await careless(plan)).toBe("passes")
  expect(await careless(canceled)).toMatch(
    /canceled in own \(\S+\): its key is not back after the job's end/,
  )
  expect(await careless(silence)).toMatch(/silent in own \(\S+\): own ended with a BugError/)
})

it("finds a job that does not come to the action in which it is to be canceled", async () => {
  let runs = 0
  const once = own(() => {
    if (runs++ > 0) throw new JobError({ message: "it is worn out" })
  })
  const run = suite(wrongly(once))
  expect(await run(plan)).toBe("passes")
  expect(await run(canceled)).toMatch(
    /canceled in auto-login-action \(1\.4\): the job never comes so far: it is worn out/,
  )
})

it("finds a job that does not end in time", async () => {
  const stubborn = action({
    name: "stubborn",
    description: "",
    run: Effect.uninterruptible(Effect.sleep("14 seconds")),
  })
  const changes = { seconds: 1 }
  const trial = await runTrial(
    { plugin: wrongly(stubborn), deviceType, board: instantBoard },
    job,
    changes,
  )
  expect(wrongEnding(trial, changes)).toEqual([
    expect.stringMatching(/^the job still ran 10 s after its time limit of 1 s; stubborn \(1\.2\)/),
  ])
})
