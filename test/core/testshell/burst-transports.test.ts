import { createServer, type Socket } from "node:net"
import { writeFileSync } from "node:fs"
import path from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { openConsole } from "../../../src/core/console/console.ts"
import { openSerial } from "../../../src/core/console/serial.ts"
import { openSsh } from "../../../src/core/console/ssh/ssh.ts"
import { openTcp } from "../../../src/core/console/tcp.ts"
import { openTelnet } from "../../../src/core/console/telnet.ts"
import type { Transport } from "../../../src/core/console/transport.ts"
import type { InfrastructureError } from "../../../src/core/pipeline/errors.ts"
import type { Signal } from "../../../src/core/testshell/signal.ts"
import { SignalParser } from "../../../src/core/testshell/signals.ts"
import { stamped } from "../../../src/core/testshell/stamp.ts"
import {
  background,
  eventually,
  freePort,
  listening,
  ptyOf,
  temporaryDirectory,
} from "../console/peers.ts"
import { sshd } from "../ssh/sshd.ts"
import { pieces } from "./noise.ts"

const count = 1000

const expected: ReadonlyArray<Signal> = [
  { type: "STARTRUN", definition: "0_burst", uuid: "1_1.0" },
  ...Array.from({ length: count }, (_, index) => ({
    type: "TESTCASE" as const,
    case: `case-${index}`,
    result: "pass" as const,
    measurement: String(index),
    units: "count",
  })),
  { type: "ENDRUN", definition: "0_burst", uuid: "1_1.0", exit: 0 },
  { type: "EXIT" },
]

/** What the helpers print for them, at once, with a kernel message into every tenth. */
const burst = [
  "LAVA_SIGNAL_STARTRUN 0_burst 1_1.0",
  ...Array.from(
    { length: count },
    (_, index) =>
      `LAVA_SIGNAL_TESTCASE TEST_CASE_ID=case-${index} RESULT=pass MEASUREMENT=${index} UNITS=count`,
  ),
  "LAVA_SIGNAL_ENDRUN 0_burst 1_1.0 0",
  "LAVA_TEST_RUNNER EXIT",
]
  .map((text, index) => {
    const line = stamped(text, "0", index + 1)
    const cut = index % line.length
    return index % 10 === 0
      ? `${line.slice(0, cut)}[   12.345678] usb 1-1: new device\r\n${line.slice(cut)}\r\n`
      : `${line}\r\n`
  })
  .join("")

/** Writes all of it as soon as a line is typed. */
const playedBy = Effect.map(temporaryDirectory, (directory) => {
  const file = path.join(directory, "burst")
  const script = path.join(directory, "play")
  writeFileSync(file, burst)
  writeFileSync(script, `read -r line; cat ${file}; exec sleep 100\n`)
  return `sh ${script}`
})

type Console = Effect.Effect<Transport, InfrastructureError, Scope.Scope>

const serial = Effect.gen(function* () {
  const pty = yield* ptyOf(yield* playedBy)
  return yield* openSerial({ path: pty, baud: 115200 })
})

const telnet = Effect.gen(function* () {
  const pty = yield* ptyOf(yield* playedBy)
  const port = yield* freePort
  const configuration = path.join(yield* temporaryDirectory, "ser2net.yaml")
  writeFileSync(
    configuration,
    `%YAML 1.1
---
connection: &board
  accepter: telnet,tcp,127.0.0.1,${port}
  connector: serialdev(nouucplock=true),${pty},115200n81,local
`,
  )
  yield* background("/usr/sbin/ser2net", ["-n", "-d", "-c", configuration])
  yield* listening(port)
  return yield* openTelnet({ host: "127.0.0.1", port })
})

const ssh = Effect.gen(function* () {
  const command = yield* playedBy
  const { settings } = yield* sshd()
  return yield* openSsh(settings({ command }))
})

/** At once but for the last thirty cases or so, and these at a pace, in bytes a second. */
const dropsTo = (rate: number) =>
  Effect.gen(function* () {
    const slow = burst.length - 3000
    const play = async (socket: Socket): Promise<void> => {
      socket.write(burst.slice(0, slow))
      const start = performance.now()
      let sent = 0
      for (const piece of pieces(burst.slice(slow), [16, 1, 7])) {
        if (!socket.writable) return
        socket.write(piece)
        sent += piece.length
        const due = (sent * 1000) / rate - (performance.now() - start)
        if (due > 0) await new Promise((resume) => setTimeout(resume, due))
      }
    }
    const server = createServer((socket) => {
      socket.on("error", () => undefined)
      socket.once("data", () => void play(socket))
    })
    const port = yield* freePort
    yield* Effect.acquireRelease(
      Effect.promise(() => new Promise<void>((ready) => server.listen(port, "127.0.0.1", ready))),
      () => Effect.sync(() => server.close()),
    )
    return yield* openTcp({ host: "127.0.0.1", port })
  })

const consoles: ReadonlyArray<readonly [string, Console]> = [
  ["serial", serial],
  ["telnet", telnet],
  ["ssh", ssh],
  ["a line that drops to 9600 baud", dropsTo(960)],
]

describe("a burst of 1,000 signals, with kernel messages in them", () => {
  for (const [name, made] of consoles) {
    it.live(`loses none over ${name}`, () =>
      Effect.gen(function* () {
        const console = yield* openConsole({
          name: "uart0",
          transport: made,
          newline: "\n",
        })
        const parser = new SignalParser({ stage: "0" })
        const signals: Array<Signal> = []
        console.onLines(({ source, lines }) => {
          if (source === "device") signals.push(...parser.push(`${lines.join("\n")}\n`))
        })
        yield* console.sendLine("go")
        yield* eventually(() => signals.some(({ type }) => type === "EXIT"))
        expect(signals).toEqual(expected)
        expect(parser.request()).toBeUndefined()
      }),
    )
  }
})
