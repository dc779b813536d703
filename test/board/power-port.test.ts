import { execFile } from "node:child_process"
import { promisify } from "node:util"
import { expect, it } from "vitest"
import { start } from "./boards.ts"

const run = promisify(execFile)
const script = { name: "x", on_power: [{ state: "up" }], states: { up: {} } }

const startWithPort = async () => {
  const board = await start(script, { listen: { tcp: 0 }, control: 0 })
  return { board, port: board.control ?? 0 }
}

/** What a power command in a lab file would be, with nothing but a shell. */
const ask = async (port: number, request: string): Promise<string> => {
  const exchange = `exec 3<>/dev/tcp/127.0.0.1/${port}; printf '%s' "$1" >&3; cat <&3`
  const { stdout } = await run("bash", ["-c", exchange, "bash", request], { timeout: 10_000 })
  return stdout
}

it("switches the power by a line, and tells how it is", async () => {
  const { board, port } = await startWithPort()
  expect(await ask(port, "status\n")).toBe("off\n")
  expect(await ask(port, "on\r\n")).toBe("on\n")
  expect(board.powered).toBe(true)
  await expect.poll(() => board.state).toBe("up")
  expect(await ask(port, "reset\n")).toBe("on\n")
  expect(await ask(port, "off\n")).toBe("off\n")
  expect(board.powered).toBe(false)
  expect(await ask(port, "explode\n")).toBe("expected on, off, reset or status\n")
})

it("answers pdudaemon's requests", async () => {
  const { board, port } = await startWithPort()
  const control = `http://127.0.0.1:${port}/power/control`
  for (const [action, powered] of [
    ["on", true],
    ["reboot", true],
    ["off", false],
  ] as const) {
    const response = await fetch(`${control}/${action}?hostname=pdu&port=3`)
    expect([response.status, board.powered]).toEqual([200, powered])
  }
  expect((await fetch(`${control}/explode`)).status).toBe(400)
})
