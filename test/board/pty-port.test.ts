import { constants } from "node:fs"
import { access, mkdtemp, open, readlink, rm, symlink } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { SerialPort } from "serialport"
import { expect, it, onTestFinished } from "vitest"
import { start } from "./boards.ts"
import { patience } from "./console-client.ts"

const script = {
  name: "a board on a PTY",
  on_power: [{ state: "ready" }],
  states: {
    ready: {
      prompt: "> ",
      commands: [{ match: "^unplug$", do: [{ disconnect: true as const }] }],
      otherwise: [{ print: "no {line}\n" }],
    },
  },
}

const temporaryLink = async () => {
  const directory = await mkdtemp(join(tmpdir(), "board-pty-"))
  onTestFinished(() => rm(directory, { recursive: true }))
  return join(directory, "ttyBOARD")
}

const openSerial = async (path: string) => {
  const serial = new SerialPort({ path, baudRate: 115_200, autoOpen: false })
  let seen = ""
  serial.on("data", (bytes: Buffer) => (seen += bytes.toString("latin1")))
  await new Promise<void>((resolve, reject) => {
    serial.open((error) => (error ? reject(error) : resolve()))
  })
  return {
    serial,
    until: (text: string) => expect.poll(() => seen, { timeout: patience }).toContain(text),
    seen: () => seen,
  }
}
const closeSerial = (serial: SerialPort) =>
  new Promise<void>((resolve) => serial.close(() => resolve()))

it("is a serial device that may be opened again and again", async () => {
  const link = await temporaryLink()
  await symlink("/dev/pts/gone", link) // what a killed process leaves is replaced
  const board = await start(script, { listen: { pty: link } })
  expect(board.console).toEqual({ protocol: "pty", path: link })
  const first = await openSerial(link)
  await board.power("on")
  await first.until("> ")
  first.serial.write("one\r")
  await first.until("no one\r\n> ")
  expect(first.seen()).toBe("> one\r\nno one\r\n> ")
  await closeSerial(first.serial)

  const second = await openSerial(link)
  second.serial.write("two\r")
  await second.until("no two\r\n> ")
  expect(second.seen()).toBe("two\r\nno two\r\n> ")
  await closeSerial(second.serial)

  await board.close()
  await expect(access(link)).rejects.toThrow("ENOENT")
})

it("goes away under its user when it is unplugged, and comes back", async () => {
  const link = await temporaryLink()
  const board = await start(script, { listen: { pty: link } })
  // Not by serialport, which takes the end of its device for a pause and reads on.
  const device = await open(link, constants.O_RDWR | constants.O_NOCTTY)
  onTestFinished(() => device.close())
  const read = async () => {
    const { buffer, bytesRead } = await device.read(Buffer.alloc(100))
    return buffer.toString("latin1", 0, bytesRead)
  }
  /** A read that waits while the terminal goes fails, a later one reads its end. */
  const readToEnd = () =>
    read().catch((error) => (error.code === "EIO" ? "" : Promise.reject(error)))
  await board.power("on")
  expect(await read()).toBe("> ")
  await device.write("unplug\r")
  // The end, after the echo.
  let echo = ""
  for (let seen = "x"; seen !== ""; echo += seen) seen = await readToEnd()
  expect("unplug\r\n> ".startsWith(echo)).toBe(true)

  await expect.poll(() => readlink(link).catch(() => ""), { timeout: patience }).not.toBe("")
  const { serial, until } = await openSerial(link)
  serial.write("x\r")
  await until("no x\r\n> ")
  await closeSerial(serial)
})

it("does without a link", async () => {
  const board = await start({ ...script, power: true }, { listen: { pty: true } })
  const path = board.console.protocol === "pty" ? board.console.path : ""
  expect(path).toMatch(/^\/dev\/pts\/\d+$/)
  const { serial, until } = await openSerial(path)
  serial.write("x\r")
  await until("no x\r\n> ")
  await closeSerial(serial)
})
