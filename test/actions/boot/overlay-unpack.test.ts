import { describe, expect, it } from "vitest"
import { readyMade } from "../../board/boards.ts"
import { loginBoot, runOnBoard, testOf } from "../run-on-board.ts"

const boot = (transfer_overlay: object) => loginBoot({ transfer_overlay })

const test = testOf(["lava-test-case here --result pass"])
const board = readyMade("login-shell")

describe("transfer_overlay", () => {
  it("brings the tests to the booted system by the job's commands", async () => {
    const { status, error, typed, cases, events } = await runOnBoard(board, {
      actions: [
        boot({
          download_command: "cd /tmp; wget -q",
          unpack_command: "tar -C / -xzf",
          transfer_method: "http",
        }),
        test,
      ],
    })
    expect({ status, error }).toEqual({ status: "complete", error: undefined })
    const names = events.flatMap((event) => (event.type === "action-ended" ? [event.name] : []))
    expect(names).toContain("overlay-unpack")
    expect(typed).toContainEqual(
      expect.stringMatching(/^cd \/tmp; wget -q http:\/\/\S+\/overlay-\w+\.tar\.gz$/),
    )
    expect(typed).toContainEqual(expect.stringMatching(/^tar -C \/ -xzf overlay-\w+\.tar\.gz$/))
    // They are there: nothing else brought them.
    expect(typed.join("\n")).not.toMatch(/mkfifo|base64/)
    expect(cases.filter((each) => each.suite === "0_inline")).toMatchObject([{ case: "here" }])
  })

  it("fails with what the command said", async () => {
    const { error } = await runOnBoard(board, {
      actions: [boot({ download_command: "wget -q", unpack_command: "ls /nowhere" }), test],
    })
    expect(error).toMatchObject({
      _tag: "JobError",
      action: "overlay-unpack",
      message: expect.stringMatching(
        /^transfer_overlay: "ls \/nowhere .*" ended with \d: ls: .*\/nowhere/,
      ),
    })
  })

  it("does nothing in a job without tests", async () => {
    const { status, typed } = await runOnBoard(board, {
      actions: [boot({ download_command: "wget", unpack_command: "tar" })],
    })
    expect(status).toBe("complete")
    expect(typed.join("\n")).not.toContain("wget")
  })
})
