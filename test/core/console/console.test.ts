import { readFileSync } from "node:fs"
import path from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import type { Console, ConsoleLines, ConsoleOptions } from "../../../src/core/console/console.ts"
import { CurrentCharacterDelay, openConsole } from "../../../src/core/console/console.ts"
import { openProcess } from "../../../src/core/console/process.ts"
import type { Transport } from "../../../src/core/console/transport.ts"
import { waitFailure } from "../../../src/core/console/wait-failure.ts"
import { temporaryDirectory } from "./peers.ts"

/** A console whose other side is a shell script. */
const scripted = (script: string, options: Partial<ConsoleOptions> = {}) =>
  openConsole({ name: "uart0", transport: openProcess(["sh", "-c", script]), ...options })

/** A console whose other side is in our hands. */
const byHand = (options: Partial<ConsoleOptions> = {}) =>
  Effect.gen(function* () {
    const written: Array<{ readonly text: string; readonly time: number }> = []
    let give: (bytes: Uint8Array) => void = () => {}
    let lose: (reason: string) => void = () => {}
    const transport: Transport = {
      description: "a wire",
      write: async (bytes) =>
        void written.push({ text: Buffer.from(bytes).toString(), time: performance.now() }),
      onData: (take) => {
        give = take
      },
      onClose: (tell) => {
        lose = tell
      },
      close: async () => {},
    }
    const console = yield* openConsole({
      name: "uart0",
      transport: Effect.succeed(transport),
      ...options,
    })
    return {
      console,
      written,
      write: (text: string) => give(Buffer.from(text)),
      lose: (reason: string) => lose(reason),
    }
  })

const expectText = (console: Console, text: string, timeoutSeconds = 5) =>
  console.expect({ patterns: [{ name: text, pattern: text }], timeoutSeconds, what: `"${text}"` })

describe("a console", () => {
  it.live("types and reads", () =>
    Effect.gen(function* () {
      const console = yield* scripted(`printf 'login: '; read name; echo "Hello $name!"`, {
        newline: "\n",
      })
      yield* expectText(console, "login: ")
      yield* console.sendLine("root")
      const match = yield* console.expect({
        patterns: [{ name: "greeting", pattern: /Hello (?<who>\w+)!/ }],
        timeoutSeconds: 5,
        what: "a greeting",
      })
      expect(match.named).toEqual({ who: "root" })
    }),
  )

  it.live("tells at the deadline what was waited for, how long, and what came instead", () =>
    Effect.gen(function* () {
      const { console, write } = yield* byHand()
      write("one\r\ntwo\r\nlogin")
      const error = yield* Effect.flip(expectText(console, "login: ", 0.25))
      expect(error).toMatchObject({
        _tag: "JobError",
        message: `waited 0.3 s for "login: " on the console uart0, but it did not come; the last line was "login"`,
        console: ["one", "two", "login"],
      })
      expect(waitFailure(error)).toEqual({ kind: "timeout", line: undefined })
      write(": ")
      yield* expectText(console, "login: ")
    }),
  )

  it.live("waits for ever without a hurry", () =>
    Effect.gen(function* () {
      const { console, write } = yield* byHand()
      const waiting = yield* Effect.forkChild(expectText(console, "x", Infinity))
      yield* Effect.sleep(50)
      write("x")
      yield* Fiber.join(waiting)
    }),
  )

  it.live("fails by a panic with its first line, after all of it", () =>
    Effect.gen(function* () {
      const { console, write } = yield* byHand()
      const waiting = yield* Effect.forkChild(Effect.flip(expectText(console, "login: ")))
      yield* Effect.sleep(10)
      write("[    1.0] ------------[ cut here ]------------\r\n")
      write("[    1.5] Kernel panic - not syncing: VFS: Unable to mount root fs\r\n")
      write("[    1.6] CPU: 0 PID: 1\r\n[    1.7] ---[ end Kernel panic - not syncing ]---\r\n")
      const error = yield* Fiber.join(waiting)
      expect(error).toMatchObject({
        _tag: "JobError",
        message: `the kernel panicked while waiting for "login: " on the console uart0: "Kernel panic - not syncing: VFS: Unable to mount root fs"`,
      })
      expect(error.console?.at(-1)).toBe("[    1.7] ---[ end Kernel panic - not syncing ]---")
      expect(waitFailure(error)?.kind).toBe("panic")
      expect(console.takeKernelMessages()).toMatchObject([{ kind: "cut-here" }])
      expect(console.takeKernelMessages()).toEqual([])
    }),
  )

  it.live("fails by a reset, which discard makes forget", () =>
    Effect.gen(function* () {
      const { console, write } = yield* byHand({ reset: [/^ECX-\d+ ROM/] })
      write("ECX-1000 ROM v7\r\n")
      const error = yield* Effect.flip(expectText(console, "# "))
      expect(error.message).toBe(
        `the device was reset while waiting for "# " on the console uart0: "ECX-1000 ROM v7"`,
      )
      yield* console.discard
      write("# ")
      yield* expectText(console, "# ")
    }),
  )

  it.live("fails as the lab's when the connection is lost, also for what is typed then", () =>
    Effect.gen(function* () {
      const console = yield* scripted("echo bye; exit 1")
      yield* expectText(console, "bye")
      const error = yield* Effect.flip(expectText(console, "login: "))
      expect(error._tag).toBe("InfrastructureError")
      expect(error.message).toBe(
        `the console uart0 (command "sh -c 'echo bye; exit 1'") was lost while waiting for "login: ": the command ended (exit code 1)`,
      )
      const typed = yield* Effect.flip(console.send("x"))
      expect(typed.message).toMatch(/^the console uart0 .* takes no input: /)
    }),
  )

  it.live("takes two waits at once for a mistake in the program", () =>
    Effect.gen(function* () {
      const { console } = yield* byHand()
      yield* Effect.forkChild(expectText(console, "a"))
      yield* Effect.sleep(10)
      const exit = yield* Effect.exit(expectText(console, "b"))
      expect(Exit.isFailure(exit) && JSON.stringify(exit.cause)).toContain(
        "two waits on one console",
      )
    }),
  )

  it.live("gives an interrupted wait's place to the next", () =>
    Effect.gen(function* () {
      const { console, write } = yield* byHand()
      yield* expectText(console, "a").pipe(Effect.timeoutOption("20 millis"))
      write("b")
      yield* expectText(console, "b")
    }),
  )

  it.live("pauses after each character when it is told to", () =>
    Effect.gen(function* () {
      const { console, written } = yield* byHand({ characterDelayMs: 20 })
      yield* console.sendLine("abc")
      expect(written.map(({ text }) => text)).toEqual(["a", "b", "c", "\r"])
      expect(written[3]!.time - written[0]!.time).toBeGreaterThan(55)
      yield* console.send("de").pipe(Effect.provideService(CurrentCharacterDelay, 0))
      expect(written.at(-1)!.text).toBe("de")
    }),
  )

  it.live("does not mix what two type", () =>
    Effect.gen(function* () {
      const { console, written } = yield* byHand({ characterDelayMs: 2 })
      yield* Effect.all([console.send("aaaa"), console.send("bbbb")], { concurrency: 2 })
      expect(written.map(({ text }) => text).join("")).toBe("aaaabbbb")
    }),
  )

  it.live("shows lines, and what is typed, to as many as like", () =>
    Effect.gen(function* () {
      const { console, write } = yield* byHand()
      const seen: Array<ConsoleLines> = []
      const bytes: Array<string> = []
      const stop = console.onLines((lines) => seen.push(lines))
      console.onLines((lines) => seen.push(lines))
      console.watch((chunk) => bytes.push(Buffer.from(chunk).toString()))
      write("\x1b[1mlogin\x1b[0m: ")
      yield* console.sendLine("root")
      write("root\r\nPassword: \r\n")
      yield* console.sendLine("s3cret", { secret: true })
      stop()
      yield* console.send("\x03")
      expect(seen.map(({ source, lines }) => `${source} ${lines.join("|")}`)).toEqual([
        "input root",
        "input root",
        "device login: root|Password: ",
        "device login: root|Password: ",
        "input [MASKED]",
        "input [MASKED]",
        "input ^C",
      ])
      expect(seen[0]!.time).toBeGreaterThan(Date.now() - 5000)
      expect(bytes.join("")).toBe("\x1b[1mlogin\x1b[0m: root\r\nPassword: \r\n")
    }),
  )

  it.live("drains what comes until it is quiet", () =>
    Effect.gen(function* () {
      const console = yield* scripted(
        "for i in 1 2 3 4 5; do echo '# '; sleep 0.05; done; sleep 1; echo '# again'; sleep 9",
      )
      yield* console.drain({ quietMs: 300, timeoutSeconds: 5 })
      const { before } = yield* expectText(console, "again")
      expect(before).toBe("# ")
    }),
  )

  it.live("stops to drain what never is quiet", () =>
    Effect.gen(function* () {
      const console = yield* scripted("while :; do echo y; sleep 0.02; done")
      yield* console.drain({ quietMs: 200, timeoutSeconds: 0.5 })
    }),
  )

  it.live("is recorded from its first byte to its last, however it ends, without passwords", () =>
    Effect.gen(function* () {
      const directory = yield* temporaryDirectory
      const used = yield* Effect.exit(
        Effect.scoped(
          Effect.gen(function* () {
            const { console, write } = yield* byHand({ record: { directory } })
            write("Password: \xff")
            yield* console.sendLine("s3cret", { secret: true })
            yield* console.sendLine("ls")
            write("\r\n# half a line")
            return yield* Effect.die("a mistake")
          }),
        ),
      )
      expect(Exit.isFailure(used)).toBe(true)
      const file = (suffix: string) => readFileSync(path.join(directory, `uart0.${suffix}`), "utf8")
      expect(file("log")).toBe("Password: \xff\r\n# half a line")
      expect(file("input")).toBe("[MASKED]ls\r")
    }),
  )

  it.live("gives its last, unfinished line to the listeners when it closes", () =>
    Effect.gen(function* () {
      const lines: Array<string> = []
      yield* Effect.scoped(
        Effect.gen(function* () {
          const { console, write } = yield* byHand()
          console.onLines((some) => lines.push(...some.lines))
          write("one\r\nhalf")
        }),
      )
      expect(lines).toEqual(["one", "half"])
    }),
  )

  it.live("ends a wait when its scope closes", () =>
    Effect.gen(function* () {
      let console: Console | undefined
      let waiting: Fiber.Fiber<unknown, unknown> | undefined
      yield* Effect.scoped(
        Effect.gen(function* () {
          console = (yield* byHand()).console
          waiting = yield* Effect.forkDetach(expectText(console, "never", 60))
          yield* Effect.sleep(10)
        }),
      )
      const exit = yield* Fiber.await(waiting!)
      expect(Exit.isFailure(exit)).toBe(true)
    }),
  )

  it.live("keeps up with many small chunks", () =>
    Effect.gen(function* () {
      const { console, write } = yield* byHand()
      const waiting = yield* Effect.forkChild(expectText(console, "the end"))
      yield* Effect.sleep(10)
      const started = performance.now()
      for (let index = 0; index < 100_000; index++) write("[    1.2] 32 bytes of kernel log\r\n")
      expect(performance.now() - started).toBeLessThan(3000)
      write("the end")
      yield* Fiber.join(waiting)
    }),
  )
})
