import { describe, expect, it } from "vitest"
import { readyMade } from "../../board/boards.ts"
import { runOnBoard, uBootType } from "../run-on-board.ts"

const type = uBootType(
  { commands: { network: ["setenv autoload no", "dhcp", "bootz {KERNEL}", "bootz"] } },
  { error_messages: ["Unknown command[^\\n]*"] },
)

const boot = (keys: object) => ({
  actions: [
    {
      boot: {
        method: "u-boot",
        commands: "network",
        prompts: ["root@board:~# "],
        auto_login: { login_prompt: "login:", username: "root" },
        timeout: { seconds: 15 },
        ...keys,
      },
    },
  ],
})

const board = readyMade("u-boot-login-shell")

describe("boot by u-boot", () => {
  it("types the device type's list, without the lines that cannot be filled in", async () => {
    const { status, error, typed, messages } = await runOnBoard(board, boot({}), { type })
    expect({ status, error }).toEqual({ status: "complete", error: undefined })
    expect(messages("info")).toContain("left out, since the job has no such thing: bootz {KERNEL}")
    expect(typed).toEqual(expect.arrayContaining(["setenv autoload no", "dhcp", "bootz"]))
    expect(typed.join()).not.toContain("KERNEL")
  })

  it("waits for the bootloader-final-message after the last command", async () => {
    const said = await runOnBoard(
      board,
      boot({ parameters: { "bootloader-final-message": "Starting kernel" } }),
      { type },
    )
    expect({ status: said.status, error: said.error }).toEqual({
      status: "complete",
      error: undefined,
    })
    const never = await runOnBoard(
      board,
      boot({
        parameters: { "bootloader-final-message": "Leaving U-Boot" },
        timeouts: { "bootloader-commands": { seconds: 2 } },
      }),
      { type },
    )
    expect(never.error).toMatchObject({
      action: "bootloader-commands",
      message: expect.stringContaining(`for U-Boot's last message "Leaving U-Boot"`),
    })
  })

  it("fails at what the boot loader says when it gives up", async () => {
    const { error } = await runOnBoard(
      board,
      boot({
        commands: ["bootx"],
        parameters: { "bootloader-final-message": "Starting kernel" },
      }),
      { type },
    )
    expect(error).toMatchObject({
      _tag: "InfrastructureError",
      message: expect.stringContaining(`"Unknown command 'bootx' - try 'help'"`),
    })
  })
})

describe("what a device type says of its U-Boot", () => {
  it.each([
    [
      { interrupt_keys: "s" },
      {},
      /device-types\/special\.json:1:\d+ u_boot\.interrupt_keys: are pressed when the interrupt_prompt comes/,
    ],
    [
      { commands: { network: ["boot"] } },
      { u_boot_commands: "netwrk" },
      /special\.json:1:\d+ master\.u_boot_commands: there is no list "netwrk" in u_boot\.commands, which has network/,
    ],
    [
      { interrupt_prompt: "Hit (any key" },
      {},
      /special\.json:1:\d+ u_boot\.interrupt_prompt: expected a regular expression \(Unterminated group\), found "Hit \(any key"/,
    ],
  ])("%j is checked", async (u_boot, master, message) => {
    const { parameters } = type
    const wrong = {
      ...type,
      parameters: { ...parameters, master: { ...parameters.master, ...master }, u_boot },
    }
    await expect(runOnBoard(board, boot({}), { type: wrong })).rejects.toThrow(message)
  })
})
