import { describe, expect, it } from "vitest"
import type { BoardScriptInput } from "../../../src/board/script.ts"
import { runOnBoard } from "../run-on-board.ts"

/** A board whose kernel prints this on its way to a shell that answers every command. */
const board = (kernel: string, prompt = "# "): BoardScriptInput => ({
  name: "a board that complains",
  on_power: [
    { print: "[    0.000000] Linux version 6.12.0\n" },
    { print: kernel },
    { set: { prompt } },
    { state: "shell" },
  ],
  states: {
    shell: {
      prompt: "{prompt}",
      commands: [
        {
          match: String.raw`PS1='(?<first>[^']*)\$\?(?<last>[^']*)'`,
          do: [{ set: { prompt: "{first}0{last}" } }],
        },
      ],
    },
  },
})

const boot = (keys: object = {}) => ({
  actions: [{ boot: { method: "minimal", prompts: ["# $"], timeout: { seconds: 20 }, ...keys } }],
})

const complaints = `[    1.100000] ------------[ cut here ]------------
[    1.100001] WARNING: CPU: 0 PID: 1 at drivers/base/core.c:1 device_add+0x1/0x2
[    1.200000] BUG: KASAN: slab-out-of-bounds in kasan_test+0x1/0x2
[    1.300000] Internal error: Oops: 17 [#1] SMP ARM
`

describe("the result kernel-messages", () => {
  it("has what the kernel complained of, and passes where the boot does", async () => {
    const { status, cases, messages } = await runOnBoard(board(complaints), boot())
    expect(status).toBe("complete")
    expect(cases).toContainEqual(
      expect.objectContaining({
        suite: "lava",
        case: "kernel-messages",
        result: "pass",
        namespace: "common",
        level: "1.3",
        durationSeconds: expect.any(Number),
        extra: {
          extra: [
            {
              kind: "warning",
              message: "WARNING: CPU: 0 PID: 1 at drivers/base/core.c:1 device_add+0x1/0x2",
            },
            {
              kind: "kasan",
              message: "BUG: KASAN: slab-out-of-bounds in kasan_test+0x1/0x2",
            },
            { kind: "oops", message: "Internal error: Oops: 17 [#1] SMP ARM" },
          ],
        },
      }),
    )
    expect(messages("warning")).toHaveLength(3)
  })

  it("is there where the kernel has nothing to complain of", async () => {
    const { cases } = await runOnBoard(board(""), boot())
    expect(cases.find((each) => each.case === "kernel-messages")).toMatchObject({
      result: "pass",
      extra: { extra: [] },
    })
  })

  it("fails where the kernel panics, and has the panic", async () => {
    const panic = "[    2.0] Kernel panic - not syncing: VFS: no root\n"
    const { status, error, cases } = await runOnBoard(board(complaints + panic, ""), boot())
    expect(status).toBe("incomplete")
    expect(error?.message).toContain("the kernel panicked")
    const messages = cases.find((each) => each.case === "kernel-messages")
    expect(messages?.result).toBe("fail")
    expect(messages?.extra?.["extra"]).toHaveLength(4)
    expect(messages?.extra?.["extra"]).toContainEqual({
      kind: "panic",
      message: "Kernel panic - not syncing: VFS: no root",
    })
  })

  it("fails where the console shows the job's failure_message", async () => {
    const { error, cases } = await runOnBoard(
      board("mount: no such device\n", ""),
      boot({ failure_message: "no such device" }),
    )
    expect(error?.message).toBe('the boot failed: the console shows "no such device"')
    expect(cases).toContainEqual(
      expect.objectContaining({
        case: "kernel-messages",
        result: "fail",
        extra: { extra: [{ kind: "failure_message", message: "no such device" }] },
      }),
    )
  })

  it("is not there, and a panic is passed over, with ignore_kernel_messages", async () => {
    const panic =
      "[    2.0] Kernel panic - not syncing: wanted\n[    2.1] Rebooting in 1 seconds..\n"
    const { status, cases } = await runOnBoard(
      board(complaints + panic),
      boot({ ignore_kernel_messages: true }),
    )
    expect(status).toBe("complete")
    expect(cases.map((each) => each.case)).not.toContain("kernel-messages")
  })
})
