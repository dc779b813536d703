import { spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, rmSync, symlinkSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { inOrder, reserve } from "../../../src/core/lab/reservation.ts"
import { makeDevice } from "./make-device.ts"

const board = (port: number) =>
  makeDevice({ name: `board-${port}`, console: { tcp: { host: "192.0.2.1", port } } })

describe("reserve", () => {
  it.live("lets one job have the device and names the holder to others", () =>
    Effect.gen(function* () {
      const error = yield* Effect.scoped(
        Effect.gen(function* () {
          yield* reserve(board(1), "job first, process 1")
          yield* Effect.scoped(reserve(board(2), "another device is no matter"))
          return yield* Effect.flip(Effect.scoped(reserve(board(1), "job second")))
        }),
      )
      expect(error._tag).toBe("InfrastructureError")
      expect(error.message).toContain("board-1 is in use by job first, process 1")
      yield* Effect.scoped(reserve(board(1), "free again"))
    }),
  )

  it.live("knows a board by its console, whoever logs in to it", () =>
    Effect.gen(function* () {
      const reached = { host: "conserver1", port: 22, user: "lab", command: "console b1" }
      const by = (login: object) => makeDevice({ console: { ssh: { ...reached, ...login } } })
      yield* reserve(by({ password: "secret" }), "the first")
      const error = yield* Effect.flip(reserve(by({ identity_file: "/root/key" }), "the second"))
      expect(error.message).toContain("is in use by the first")
      yield* reserve(by({ command: "console b2" }), "another board")
    }),
  )

  it.live("knows a serial line by where it leads, whatever its speed", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const directory = mkdtempSync(join(tmpdir(), "reservation-"))
        yield* Effect.addFinalizer(() => Effect.sync(() => rmSync(directory, { recursive: true })))
        const link = join(directory, "link")
        symlinkSync("/dev/full", link)
        const by = (name: string, path: string, baud: number) =>
          makeDevice({ name, console: { serial: { path, baud } } })
        yield* reserve(by("one", "/dev/full", 115_200), "the first")
        const same = by("another-name", link, 9600)
        const error = yield* Effect.flip(reserve(same, "the second"))
        expect(error.message).toContain("is in use by the first")
      }),
    ),
  )

  it.live("knows emulators that one command starts by their names", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const by = (name: string) => makeDevice({ name, console: { command: ["qemu"] } })
        yield* reserve(by("vm-1"), "the first")
        yield* reserve(by("vm-2"), "the second")
        const error = yield* Effect.flip(reserve(by("vm-1"), "the third"))
        expect(error.message).toContain("is in use by the first")
      }),
    ),
  )

  it.live("lets one job have a lock, which is no device of that name", () =>
    Effect.scoped(
      Effect.gen(function* () {
        yield* reserve({ lock: "board-1" }, "job one")
        yield* reserve(board(1), "job two")
        yield* reserve({ lock: "board-2" }, "job three")
        const error = yield* Effect.flip(reserve({ lock: "board-1" }, "job four"))
        expect(error.message).toBe(
          'the lock "board-1" is in use by job one: wait for it, or give the job a "timeouts.queue"',
        )
      }),
    ),
  )

  it("takes locks first, and devices in one order whatever their names", () => {
    const same = [
      { name: "x", port: 7 },
      { name: "y", port: 8 },
      { name: "z", port: 9 },
    ]
    const named = (prefix: string) =>
      same.map(({ name, port }) =>
        makeDevice({ name: prefix + name, console: { tcp: { host: "192.0.2.1", port } } }),
      )
    const consoles = (all: ReturnType<typeof inOrder>) =>
      all.map((each) => ("lock" in each ? each.lock : each.console))
    const lock = { lock: "all" }
    const first = consoles(inOrder([...named("a"), lock]))
    expect(first[0]).toBe("all")
    expect(consoles(inOrder([lock, ...named("b").toReversed()]))).toEqual(first)
  })

  it.live("is free again when its holder was killed", () =>
    Effect.gen(function* () {
      const child = spawn(
        process.execPath,
        ["--input-type=module-typescript", "-e", holderProgram],
        {
          stdio: ["ignore", "pipe", "inherit"],
          cwd: import.meta.dirname,
        },
      )
      yield* Effect.promise(() => once(child.stdout, "data"))
      const error = yield* Effect.flip(Effect.scoped(reserve(board(3), "me")))
      expect(error.message).toContain("the doomed one")
      child.kill("SIGKILL")
      yield* Effect.promise(() => once(child, "close"))
      yield* Effect.scoped(reserve(board(3), "me"))
    }),
  )
})

const holderProgram = `
import * as Effect from "effect/Effect"
import { reserve } from "${new URL("../../../src/core/lab/reservation.ts", import.meta.url).pathname}"
Effect.runFork(Effect.scoped(Effect.gen(function* () {
  yield* reserve(${JSON.stringify(board(3))}, "the doomed one")
  console.log("ready")
  yield* Effect.never
})))
`
