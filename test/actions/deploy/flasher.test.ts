import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { beforeEach, describe, expect, it, vi } from "vitest"
import { readyMade } from "../../board/boards.ts"
import { runOnBoard, uBootType } from "../run-on-board.ts"

const type = uBootType({})

let directory: string

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "flasher-"))
  writeFileSync(join(directory, "u-boot.bin"), "the job's")
  vi.stubEnv("XDG_STATE_HOME", directory)
  return () => vi.unstubAllEnvs()
})

/** A command that writes a line into the diary; of a file the contents. */
const writes = (what: string, file?: string): ReadonlyArray<string> => [
  "sh",
  "-c",
  `echo "$1 $([ -z "$2" ] || cat "$2")" >> ${directory}/diary`,
  "sh",
  what,
  ...(file === undefined ? [] : [file]),
]

const flasher = (changes: object = {}) => ({
  commands: [writes("flash", "{U_BOOT}")],
  restore: [writes("restore")],
  ...changes,
})

const deploy = (images: object = { "u-boot": { url: "u-boot.bin" } }) => ({
  deploy: { to: "flasher", images },
})
const boot = (keys: object = {}) => ({
  boot: { method: "bootloader", bootloader: "u-boot", ...keys },
})

/** Runs a job on a board with U-Boot; its files are in the test's directory. */
const run = (actions: ReadonlyArray<object>, device: object = { flasher: flasher() }) => {
  const images = { "u-boot": { url: `file://${directory}/u-boot.bin` } }
  const placed = actions.map((each) => ("deploy" in each ? { ...deploy(images) } : each))
  return runOnBoard(readyMade("u-boot-login-shell"), { actions: placed }, { device, type })
}

const diary = (): ReadonlyArray<string> =>
  readFileSync(join(directory, "diary"), "utf8")
    .trim()
    .split("\n")
    .map((line) => line.trim())
const notes = () => readdirSync(join(directory, "lab-dispatch/flashed"))

describe("deploy to flasher", () => {
  it("runs the lab's commands with the device off, and gives the firmware back at the end", async () => {
    const { status, error, switched } = await run([deploy(), boot()])
    expect({ status, error }).toEqual({ status: "complete", error: undefined })
    expect(diary()).toEqual(["flash the job's", "restore"])
    expect(switched).toEqual(["off", "off", "on", "off", "off"])
    expect(notes()).toEqual([])
  })

  it("gives the firmware back where a later action fails", async () => {
    const { error } = await run([deploy(), boot({ prompts: ["never"], timeout: { seconds: 1 } })])
    expect(error).toMatchObject({ _tag: "JobError", action: "bootloader-interrupt" })
    expect(diary()).toEqual(["flash the job's", "restore"])
  })

  it("gives the firmware back where a command fails half way", async () => {
    const commands = [...flasher().commands, ["false"]]
    const { error } = await run([deploy()], { flasher: flasher({ commands }) })
    expect(error).toMatchObject({
      _tag: "InfrastructureError",
      message: expect.stringContaining("cannot write the job's firmware to board-01"),
    })
    expect(diary()).toEqual(["flash the job's", "restore"])
  })

  it("opens the console again that it closed for the commands", async () => {
    const again = [boot(), deploy(), boot()]
    const { status, error } = await run(again)
    expect({ status, error }).toEqual({ status: "complete", error: undefined })
  })
})

describe("a firmware that could not be given back", () => {
  it("is said to be there still, and given back before the next job begins", async () => {
    const restore = [["sh", "-c", `test -e ${directory}/repaired`], writes("restore")]
    const device = { flasher: flasher({ restore }) }
    const first = await run([deploy()], device)
    expect(first.error).toMatchObject({
      _tag: "InfrastructureError",
      message: expect.stringContaining("board-01 may still have the job's firmware: "),
    })
    expect(notes()).toHaveLength(1)

    const second = await run([boot()], device)
    expect(second.error).toMatchObject({ _tag: "InfrastructureError" })
    expect(second.switched).not.toContain("on")

    writeFileSync(join(directory, "repaired"), "")
    const third = await run([boot()], device)
    expect(third.error).toBeUndefined()
    expect(third.messages("warning")).toContainEqual(
      expect.stringContaining("board-01 has the firmware of the job a test ("),
    )
    expect(diary()).toEqual(["flash the job's", "restore"])
    expect(notes()).toEqual([])

    await run([boot()], device)
    expect(diary()).toEqual(["flash the job's", "restore"])
  })
})

describe("a deploy to flasher is refused", () => {
  it.each([
    [undefined, /does not say how board-01 gets a firmware: give it a "flasher" section/],
    [{ commands: [["flash"]] }, /no flasher command of board-01 takes the image "u-boot"/],
    [
      { commands: [["flash", "{U_BOOT}", "{SPL}"]] },
      /want "\{SPL\}", but the job's images are u-boot/,
    ],
  ])("for a device with %j", async (changes, message) => {
    const device = changes ? { flasher: flasher(changes) } : {}
    await expect(run([deploy()], device)).rejects.toThrow(message)
  })

  it("without images", async () => {
    const device = { flasher: flasher() }
    const job = { actions: [deploy({})] }
    await expect(
      runOnBoard(readyMade("u-boot-login-shell"), job, { device, type }),
    ).rejects.toThrow(/images: expected at least one image/)
  })
})
