import { spawn } from "node:child_process"
import { once } from "node:events"
import { connect } from "node:net"
import { createInterface } from "node:readline"
import { expect, it, onTestFinished } from "vitest"
import type { BoardScriptInput } from "../../../src/board/script.ts"
import { runOnBoard } from "../run-on-board.ts"

/** It boots for two seconds, and takes two more to let anybody in. */
const slow: BoardScriptInput = {
  name: "a board that thinks about it",
  on_power: [{ print: "Linux version 6.12.0\n" }, { wait: 2 }, { state: "login" }],
  states: {
    login: {
      prompt: "board login: ",
      commands: [{ match: "^root$", do: [{ wait: 2 }, { state: "shell" }] }],
    },
    shell: { shell: true, prompt: "# " },
  },
}

const boot = {
  boot: {
    method: "minimal",
    prompts: ["# $"],
    auto_login: { login_prompt: "login:", username: "root" },
  },
}

const limits = { job: { minutes: 1 }, action: { seconds: 30 }, connection: { seconds: 1 } }

it("limits how long the device may take for an answer, not how long it may boot", async () => {
  const { error } = await runOnBoard(slow, { timeouts: limits, actions: [boot] })
  expect(error?.message).toMatch(/^waited 1 s for an answer to the user name "root"/)
})

it("goes by the action's name first, the job's word over the device's", async () => {
  const byDevice = { timeouts: { connections: { "auto-login-action": { seconds: 10 } } } }
  const allowed = await runOnBoard(
    slow,
    { timeouts: limits, actions: [boot] },
    { device: byDevice },
  )
  expect(allowed.status).toBe("complete")
  const connections = { "auto-login-action": { seconds: 1 } }
  const refused = await runOnBoard(
    slow,
    { timeouts: { ...limits, connections }, actions: [boot] },
    { device: byDevice },
  )
  expect(refused.error?.message).toMatch(/^waited 1 s for an answer/)
})

it("limits how long the console may take to open", async () => {
  const port = await portThatNobodyAnswers()
  const { error, switched } = await runOnBoard(
    slow,
    { timeouts: limits, actions: [boot] },
    { device: { console: { tcp: { host: "127.0.0.1", port } } } },
  )
  expect(error).toMatchObject({
    _tag: "InfrastructureError",
    action: "connect-device",
    message: expect.stringMatching(/^the console of board-01 did not open within 1 s/),
  })
  expect(switched).toEqual(["off"])
})

/** A port whose queue of connections is full. */
const portThatNobodyAnswers = async (): Promise<number> => {
  const program = `
    const server = require("node:net").createServer()
    server.listen({ port: 0, host: "127.0.0.1", backlog: 1 }, () => {
      console.log(server.address().port)
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60_000)
    })`
  const child = spawn(process.execPath, ["-e", program], { stdio: ["ignore", "pipe", "inherit"] })
  onTestFinished(() => void child.kill("SIGKILL"))
  const [line] = (await once(createInterface(child.stdout), "line")) as [string]
  for (let i = 0; i < 4; i++) {
    const socket = connect(Number(line), "127.0.0.1").on("error", () => {})
    onTestFinished(() => void socket.destroy())
  }
  return Number(line)
}
