import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { execa } from "execa"
import { beforeAll, describe, expect, it } from "vitest"
import { answerTo, type Call, type Outcome, readCall } from "../../../src/core/multinode/call.ts"
import { type DeviceShell, deviceShells, overlayOf, useDirectory } from "./device.ts"

const directory = useDirectory()
let shells: ReadonlyArray<DeviceShell> = []
beforeAll(async () => {
  shells = await deviceShells(directory.path)
})

const members = [
  { node: "server", role: "server" },
  { node: "client.1", role: "client" },
  { node: "client.2", role: "client" },
]

/** Runs steps in a shell at a terminal; `answer` has what is typed for a call, which it hears `times`. */
const converse = async (
  device: DeviceShell,
  steps: ReadonlyArray<string>,
  answer: (call: Call, times: number) => ReadonlyArray<string>,
) => {
  const multinode = { self: "client.1", role: "client", members }
  const overlay = await overlayOf(directory.path, device, { test: steps }, { multinode })
  const run = execa(
    "/usr/bin/script",
    ["-qfec", `exec ${device.shell} ${overlay.stages[0]?.command}`, "/dev/null"],
    {
      env: { PATH: device.path, TERM: "dumb", HOME: "/root" },
      extendEnv: false,
      timeout: 30_000,
    },
  )
  const calls: Call[] = []
  let rest = ""
  run.stdout.on("data", (data: Buffer) => {
    const lines = (rest + data.toString()).split(/\r?\n/)
    rest = lines.pop() ?? ""
    for (const call of lines.flatMap((line) => readCall(line) ?? [])) {
      calls.push(call)
      const times = calls.filter(({ number }) => number === call.number).length
      for (const line of answer(call, times)) run.stdin.write(`${line}\r`)
    }
  })
  const { stdout } = await run
  return { calls, stdout }
}

const outcome = (messages: Record<string, Record<string, string>>): Outcome => ({
  messages: new Map(Object.entries(messages)),
})

describe.concurrent.each(["busybox", "dash", "bash", "bash as sh"])("on %s", (name) => {
  it("a test talks to the other devices of its job", async () => {
    const device = shells.find((shell) => shell.name === name)!
    const cache = join(directory.path, `cache-${name}`.replaceAll(" ", "-"))
    const long = "word ".repeat(100).trim()
    const { calls, stdout } = await converse(
      device,
      [
        `export LAVA_MULTI_NODE_CACHE=${cache}`,
        "lava-send hello ip=10.0.0.1 'text=two <words>' wrong",
        "lava-wait-all hello server < /dev/null",
        `cp ${cache} ${cache}-kept`,
        "lava-sync met",
        `[ -e ${cache} ]`,
        'echo "self $(lava-self) role $(lava-role) of $(lava-role list | tr "\\n" " ")"',
        'echo "clients: $(lava-group client | tr "\\n" " ")"',
        "lava-group nobody || echo nobody",
        "lava-wait never || echo refused",
        "lava-test-case last --result pass",
      ],
      (call, times) => {
        if (call.type === "SEND") return answerTo(call, outcome({}))
        if (call.type === "WAIT_ALL") {
          const lines = answerTo(call, outcome({ server: { url: "http://x?a=b:c", text: long } }))
          // The first time, what is typed loses a character.
          return times === 1 ? lines.map((line, index) => line.slice(index === 1 ? 1 : 0)) : lines
        }
        if (call.type === "SYNC") return ["noise", ...answerTo(call, outcome({}))]
        return answerTo(call, { refused: "server has failed" })
      },
    )
    expect(calls.map(({ type, number }) => `${number} ${type}`)).toEqual([
      "1 SEND",
      "2 WAIT_ALL",
      "2 WAIT_ALL",
      "3 SYNC",
      "4 WAIT",
    ])
    expect(calls[0]).toMatchObject({ message: { ip: "10.0.0.1", text: "two words" } })
    expect(calls[1]).toMatchObject({ role: "server" })
    expect(await readFile(`${cache}-kept`, "utf8")).toBe(
      `server:url=http://x?a=b:c\nserver:text=${long}\n`,
    )
    expect(stdout).toContain("self client.1 role client of server client")
    expect(stdout).toContain("clients: client.1 client.2")
    const lines = stdout.split("\r\n")
    for (const line of ["nobody", "lava-wait: server has failed", "refused"]) {
      expect(lines).toContain(line)
    }
    expect(stdout).toContain("TEST_CASE_ID=last RESULT=pass")
    expect(stdout).not.toMatch(/Terminated/)
  })
})

it("says that there is nobody where the job has one device", async () => {
  const device = shells[0]!
  const overlay = await overlayOf(directory.path, device, { test: ["lava-sync x"] })
  const { all } = await execa(device.shell, (overlay.stages[0]?.command ?? "").split(" "), {
    all: true,
    env: { PATH: device.path },
    extendEnv: false,
  })
  expect(all).toContain("lava-sync: this job has no roles: there is no other device")
})
