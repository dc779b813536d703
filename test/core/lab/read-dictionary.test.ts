import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { asError } from "../../../src/core/pipeline/run.ts"
import { readDictionary } from "../../../src/core/lab/read-dictionary.ts"
import { InvalidFile } from "../../../src/core/source/invalid-file.ts"
import { directoryWith } from "../../cli/command.ts"
import { armVirtDictionary } from "../../devices/dictionaries/arm-virt.ts"

const read = (text: string) =>
  Effect.runPromise(
    readDictionary(join(directoryWith({ "bbb-01.yaml": text }), "bbb-01.yaml"), "bbb"),
  )

const reached = async (commands: object) => (await read(armVirtDictionary(commands))).reached

const problems = async (text: string): Promise<ReadonlyArray<string>> => {
  const file = join(directoryWith({ "bbb-01.yaml": text }), "bbb-01.yaml")
  const exit = await Effect.runPromiseExit(readDictionary(file, "bbb"))
  const error = Exit.isFailure(exit) ? asError(exit.cause) : undefined
  if (!(error instanceof InvalidFile)) throw new Error("it was accepted")
  return error.problems.map(
    ({ line, column, path, message }) => `${line}:${column} ${path}: ${message}`,
  )
}

describe("the console that a dictionary tells of", () => {
  it("is the connection with the tag primary", async () => {
    const connections = {
      uart1: { connect: "conmux-console board-1", tags: ["telnet"] },
      uart0: { connect: "conmux-console 'board 0'", tags: ["primary", "telnet"] },
    }
    const { console } = await reached({ connections })
    expect(console).toEqual({ command: ["conmux-console", "board 0"] })
  })

  it("is spoken to by telnet where the command does", async () => {
    expect((await reached({ connect: "telnet ser2net 7001" })).console).toEqual({
      telnet: { host: "ser2net", port: 7001 },
    })
    expect((await reached({ connect: "telnet -E ser2net 7001" })).console).toEqual({
      command: ["telnet", "-E", "ser2net", "7001"],
    })
  })

  it("is a login where only a host is named", async () => {
    const text = armVirtDictionary({}).replace('host: ""', "host: 10.0.0.9")
    const { console } = (await read(text)).reached
    expect(console?.ssh).toMatchObject({ host: "10.0.0.9", port: 22, user: "root" })
    expect(console?.ssh?.identity_file).toMatch(/^\/.*\/dynamic_vm_keys\/lava$/)
  })
})

describe("the power that a dictionary tells of", () => {
  it("takes a command, or a list of which all are run without a shell's doing", async () => {
    const { power } = await reached({
      hard_reset: ["pdu off 'port 1'", "curl http://pdu/?on=1&port=1"],
      power_off: "pdu off 1",
    })
    expect(power).toMatchObject({
      reset: ["sh", "-c", "pdu off 'port 1' && curl 'http://pdu/?on=1&port=1'"],
      off: ["pdu", "off", "1"],
    })
    expect(power?.on).toBeUndefined()
  })

  it("comes after pre_power_command, which jobs may run as well", async () => {
    const { power, commands } = await reached({
      pre_power_command: "usb sync",
      power_on: "pdu on",
      power_off: "pdu off",
      users: { relay: { do: ["relay on"], undo: "relay off" } },
    })
    expect(power?.on).toEqual(["sh", "-c", "usb sync && pdu on"])
    expect(commands).toEqual({
      pre_power_command: { do: ["usb", "sync"] },
      relay: { do: ["relay", "on"], undo: ["relay", "off"] },
    })
  })

  it("is none where nothing could bring the device up again", async () => {
    expect((await reached({ power_off: "pdu off" })).power).toBeUndefined()
  })
})

describe("a dictionary", () => {
  it("gives the time limits, the typing speed and the addresses of its device", async () => {
    const text = armVirtDictionary({}).replace(
      "  pass:",
      '  interfaces:\n    target:\n      ip: 10.0.0.5\n      mac: "AA:00:00:00:00:01"\n  pass:',
    )
    const { type, reached: device } = await read(text)
    expect(type.timeouts.actions?.["bootloader-interrupt"]?.seconds).toBe(30)
    expect(type.timeouts.connections?.["auto-login-action"]?.seconds).toBe(120)
    expect(type.characterDelays).toMatchObject({ boot: 0 })
    expect(device).toMatchObject({ address: "10.0.0.5", mac: "aa:00:00:00:00:01" })
  })

  it("may repeat keys and have keys that nobody knows, as LAVA's templates leave them", async () => {
    const text = armVirtDictionary({}).replace(
      "  grub:",
      "  depthcharge: [1]\n  u-boot: {}\n  grub:",
    )
    const { parameters } = (await read(text)).type
    expect(parameters["constants"]).toMatchObject({ "u-boot": {}, depthcharge: [1] })
  })

  it("has its mistakes at their places", async () => {
    const text = armVirtDictionary({ connect: ["telnet", "a", 1] })
      .replace("interrupt_prompt: Hit", "interrupt_prompt: (Hit")
      .replace("seconds: 30", "seconds: soon")
    expect(await problems(text)).toEqual([
      "3:5 commands.connect: expected a string, found a list",
      expect.stringMatching(
        /^\d+:29 actions\.boot\.methods\.u-boot\.parameters\.interrupt_prompt: expected a regular expression \(/,
      ),
      expect.stringMatching(
        /^\d+:16 timeouts\.actions\.bootloader-interrupt\.seconds: expected a number, found "soon"/,
      ),
    ])
  })

  it("is told from another file", async () => {
    expect(await problems("job_name: x\n")).toEqual([
      '1:1 : expected a device dictionary, which has "actions" with what its device can deploy and boot by, found a mapping',
    ])
  })
})
