import { existsSync } from "node:fs"
import { readdir, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type EndedRun, runJob, startJob } from "./dispatch-run.ts"
import { type EmulatedLab, startLab } from "./emulated-lab.ts"
import { readExample } from "./example.ts"
import { expectFailure, resultOf } from "./outcome.ts"

const boards = ["highbank", "arm-virt"] as const

let lab: EmulatedLab

beforeAll(async () => {
  lab = await startLab(
    boards.map((board) => `${board}-01`),
    ["uboot-patched", "disk-arm-virt"],
  )
}, 1_800_000)

afterAll(() => lab?.stop())

/** The versions that U-Boot says: the lab's own, and the one that the examples bring. */
const own = "2023.01"
const brought = "2099.01"

/** What dispatchers note for one another. */
const state = () => ({ XDG_STATE_HOME: join(lab.directory, "state") })

const run = (board: string, job: object): Promise<EndedRun> =>
  runJob({ job, lab, machine: `${board}-01`, env: state() })

interface Example {
  readonly actions: readonly [deploy: object, boot: object, test: object]
}

/** The example with further keys in its first two blocks, and another dialogue. */
const changed = async (
  board: string,
  changes: Partial<Record<"deploy" | "boot", object>> & { readonly script?: ReadonlyArray<object> },
): Promise<object> => {
  const example = (await readExample(`${board}-bootloader`)) as Example
  const [first, second, third] = structuredClone(example.actions) as unknown as [
    { deploy: object },
    { boot: object },
    { test: { interactive: [{ script: ReadonlyArray<object> }] } },
  ]
  Object.assign(first.deploy, changes.deploy)
  Object.assign(second.boot, changes.boot)
  if (changes.script) third.test.interactive[0].script = changes.script
  return { ...example, actions: [first, second, third] }
}

/** Expects that a board starts its own firmware now, and answers the run that has seen it. */
const expectOwnFirmware = async (board: string): Promise<EndedRun> => {
  const [, ...others] = (
    (await changed(board, {
      script: [{ name: "own", command: "version", successes: [{ message: `U-Boot ${own}` }] }],
    })) as Example
  ).actions
  const example = await readExample(`${board}-bootloader`)
  const ended = await run(board, { ...example, actions: others })
  expect(ended.exitCode, ended.output).toBe(0)
  expect(ended.console).not.toContain(brought)
  expect(resultOf(ended, "0_u-boot", "own")).toMatchObject({ result: "pass" })
  const notes = join(state().XDG_STATE_HOME, "lab-dispatch/flashed")
  expect(existsSync(notes) ? await readdir(notes) : []).toEqual([])
  return ended
}

describe.each(boards)("a job with a U-Boot of its own for %s", (board) => {
  it("boots it and talks to it; the board gets its own back", async () => {
    const ended = await run(board, await readExample(`${board}-bootloader`))
    expect(ended.exitCode, ended.output).toBe(0)
    expect(ended.results.filter(({ result }) => result !== "pass")).toEqual([])
    expect(resultOf(ended, "0_u-boot", "version")).toMatchObject({ result: "pass" })
    expect(ended.console).toContain(`U-Boot ${brought}`)
    expect(ended.console).not.toContain(own)
    await expectOwnFirmware(board)
  })
})

describe("a job with a U-Boot of its own that is cut short", () => {
  const board = "highbank"

  it("by a firmware that does not start: the board gets its own back", async () => {
    const zeros = join(lab.directory, "zeros")
    await writeFile(zeros, Buffer.alloc(500_000))
    const job = await changed(board, {
      deploy: { images: { "u-boot": { url: zeros } } },
      boot: { timeout: { seconds: 3 } },
    })
    const ended = await run(board, job)
    expectFailure(ended, { exitCode: 1, type: "Job", message: /waited .* s for U-Boot/ })
    await expectOwnFirmware(board)
  })

  /** A run that is in the middle of its dialogue. */
  const inTheMiddle = async () => {
    const script = [{ command: "version" }, { delay: 60 }]
    const job = await changed(board, { script })
    const started = await startJob({ job, lab, machine: `${board}-01`, env: state() })
    await started.sees(/=> version\n.*U-Boot 2099/)
    return started
  }

  it("by Ctrl-C: the board gets its own back", async () => {
    const started = await inTheMiddle()
    started.kill("SIGINT")
    const ended = await started.ended()
    expect(ended.exitCode, ended.output).toBe(130)
    const { output } = await expectOwnFirmware(board)
    expect(output).not.toContain("could not give it its own back")
  })

  it("by SIGKILL: the next job gives the board its own back before it starts it", async () => {
    const started = await inTheMiddle()
    started.kill("SIGKILL")
    await started.killed
    const { output } = await expectOwnFirmware(board)
    expect(output).toContain("highbank-01 has the firmware of the job")
  })
})
