import { existsSync, readFileSync, writeFileSync } from "node:fs"
import path from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as z from "zod"
import { openProcess } from "../../../src/core/console/process.ts"
import { openSerial } from "../../../src/core/console/serial.ts"
import { openSsh } from "../../../src/core/console/ssh/ssh.ts"
import { openTcp } from "../../../src/core/console/tcp.ts"
import { openTelnet } from "../../../src/core/console/telnet.ts"
import { ConsoleSettings, openTransport } from "../../../src/core/console/transport.ts"
import { sshd } from "../ssh/sshd.ts"
import {
  background,
  echoingPty,
  eventually,
  freePort,
  isRunning,
  listening,
  temporaryDirectory,
} from "./peers.ts"
import { type EchoingPeer, transportSuite } from "./transport-suite.ts"

transportSuite(
  "serial",
  Effect.map(echoingPty, ({ path, end }) => ({
    open: openSerial({ path, baud: 115200 }),
    cut: end,
  })),
)

transportSuite(
  "tcp",
  Effect.gen(function* () {
    const port = yield* freePort
    const { end } = yield* background("socat", [
      `TCP-LISTEN:${port},bind=127.0.0.1,reuseaddr,fork`,
      "EXEC:cat",
    ])
    yield* listening(port)
    return { open: openTcp({ host: "127.0.0.1", port }), cut: end } satisfies EchoingPeer
  }),
)

transportSuite(
  "telnet",
  Effect.gen(function* () {
    const port = yield* freePort
    const pty = yield* echoingPty
    const configuration = path.join(yield* temporaryDirectory, "ser2net.yaml")
    writeFileSync(
      configuration,
      `%YAML 1.1
---
connection: &board
  accepter: telnet,tcp,127.0.0.1,${port}
  connector: serialdev(nouucplock=true),${pty.path},115200n81,local
`,
    )
    const { end } = yield* background("/usr/sbin/ser2net", ["-n", "-d", "-c", configuration])
    yield* listening(port)
    return { open: openTelnet({ host: "127.0.0.1", port }), cut: end } satisfies EchoingPeer
  }),
)

transportSuite(
  "ssh",
  Effect.map(sshd(), ({ settings, end }) => ({
    open: openSsh(settings({ command: "exec cat" })),
    cut: end,
  })),
)

transportSuite(
  "process",
  Effect.gen(function* () {
    const directory = yield* temporaryDirectory
    const pidFile = path.join(directory, "pid")
    const pid = () => Number(existsSync(pidFile) && readFileSync(pidFile, "utf8"))
    const cut = Effect.andThen(
      eventually(() => pid() > 0),
      Effect.sync(() => process.kill(pid(), "SIGKILL")),
    )
    return { open: openProcess(["sh", "-c", `echo $$ > ${pidFile}; exec cat`]), cut }
  }),
)

describe("a console that cannot be opened", () => {
  const messageOf = (settings: unknown) =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(
        Effect.scoped(openTransport(ConsoleSettings.parse(settings))),
      )
      expect(error._tag).toBe("InfrastructureError")
      return error.message
    })

  it.live("tells of a serial port that does not exist", () =>
    Effect.gen(function* () {
      expect(yield* messageOf({ serial: { path: "/dev/ttyNone" } })).toBe(
        "the serial port /dev/ttyNone cannot be opened: there is no such device; check that the adapter is plugged in, or that the emulator runs",
      )
    }),
  )

  it.live("tells of a file that is no serial port", () =>
    Effect.gen(function* () {
      expect(yield* messageOf({ serial: { path: "/dev/null" } })).toContain("not a serial device")
    }),
  )

  it.live("tells of a serial port that another program has", () =>
    Effect.gen(function* () {
      const { path } = yield* echoingPty
      yield* openSerial({ path, baud: 115200 })
      expect(yield* messageOf({ serial: { path } })).toContain("another program has it open")
    }),
  )

  it.live("tells of a port where nothing listens", () =>
    Effect.gen(function* () {
      const port = yield* freePort
      const message = yield* messageOf({ tcp: { host: "127.0.0.1", port } })
      expect(message).toBe(
        `the console at TCP port 127.0.0.1:${port} cannot be opened: nothing listens there; check that the terminal server (ser2net, conserver, the emulator) runs`,
      )
    }),
  )

  it.live("tells of a host that is not known", () =>
    Effect.gen(function* () {
      const message = yield* messageOf({ telnet: { host: "console.invalid", port: 23 } })
      expect(message).toContain("the host name is not known")
    }),
  )

  it.live("tells of a program that does not exist", () =>
    Effect.gen(function* () {
      expect(yield* messageOf({ command: "conmux-none 'my board'" })).toBe(
        `the console command "conmux-none 'my board'" cannot be started: there is no program "conmux-none"; install it or give its path`,
      )
    }),
  )
})

describe("a process transport", () => {
  it.live("tells how the program ended, after its last words", () =>
    Effect.gen(function* () {
      const transport = yield* openProcess(["sh", "-c", "echo no such board >&2; exit 3"])
      let text = ""
      transport.onData((bytes) => (text += Buffer.from(bytes).toString()))
      const reason = yield* Effect.promise(() => new Promise<string>(transport.onClose))
      expect(reason).toBe("the command ended (exit code 3)")
      expect(text).toBe("no such board\n")
    }),
  )

  it.live("ends what the program started, and a program that ignores it", () =>
    Effect.gen(function* () {
      const pids: Array<number> = []
      yield* Effect.scoped(
        Effect.gen(function* () {
          const transport = yield* openProcess([
            "sh",
            "-c",
            "trap '' TERM; sleep 1000 & echo $! $$; wait; wait",
          ])
          const text = yield* Effect.promise(
            () =>
              new Promise<string>((resolve) =>
                transport.onData((bytes) => resolve(Buffer.from(bytes).toString())),
              ),
          )
          pids.push(...text.trim().split(" ").map(Number))
        }),
      )
      expect(pids).toHaveLength(2)
      yield* eventually(() => !pids.some(isRunning))
    }),
  )
})

describe("ConsoleSettings", () => {
  const problems = (settings: unknown) =>
    ConsoleSettings.safeParse(settings).error?.issues.map(({ message }) => message)

  it("takes each way to a console", () => {
    expect(ConsoleSettings.parse({ serial: { path: "/dev/ttyUSB0" } })).toEqual({
      serial: { path: "/dev/ttyUSB0", baud: 115200 },
    })
    expect(ConsoleSettings.parse({ command: "telnet 'my host' 7001" })).toEqual({
      command: ["telnet", "my host", "7001"],
    })
    expect(
      ConsoleSettings.parse({ ssh: { host: "h", command: ["picocom", "/dev/tty board"] } }),
    ).toEqual({ ssh: { host: "h", port: 22, command: "picocom '/dev/tty board'" } })
    expect(problems({ tcp: { host: "h", port: 1 }, character_delay_ms: 5 })).toBeUndefined()
    expect(problems({ command: ["conmux-console", "board"] })).toBeUndefined()
  })

  it("takes one way only", () => {
    const expected = [`expected exactly one of "serial", "tcp", "telnet", "ssh", "command"`]
    expect(problems({})).toEqual(expected)
    expect(problems({ tcp: { host: "h", port: 1 }, command: "x" })).toEqual(expected)
  })

  it("rejects what is unknown and what cannot be", () => {
    for (const settings of [
      { serial: { path: "/dev/ttyS0", speed: 9600 } },
      { serial: { path: "" } },
      { tcp: { host: "h", port: 70000 } },
      { ssh: { host: "h", host_key: "a1:b2:c3" } },
      { ssh: { host: "h", passphrase: "of what?" } },
      { command: [] },
      { command: " " },
      { command: "x", character_delay_ms: -1 },
    ])
      expect({ settings, problems: problems(settings) }).toEqual({
        settings,
        problems: [expect.any(String)],
      })
  })

  it("has a JSON Schema that says so to editors", () => {
    expect(z.toJSONSchema(ConsoleSettings, { io: "input" })).toMatchObject({
      type: "object",
      additionalProperties: false,
      oneOf: [
        { required: ["serial"] },
        { required: ["tcp"] },
        { required: ["telnet"] },
        { required: ["ssh"] },
        { required: ["command"] },
      ],
    })
  })
})
