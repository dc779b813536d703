import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import fc from "fast-check"
import { openConsole } from "../../../src/core/console/console.ts"
import { quoteWord } from "../../../src/core/console/quote.ts"
import { openSerial } from "../../../src/core/console/serial.ts"
import { makeShell } from "../../../src/core/console/shell.ts"
import type { Transport } from "../../../src/core/console/transport.ts"
import { waitFailure } from "../../../src/core/console/wait-failure.ts"
import { CurrentDeadline } from "../../../src/core/pipeline/deadline.ts"
import { kernelMessage, lossy, overrunning, withKernelMessages } from "./bad-line.ts"
import { ptyOf, shells } from "./peers.ts"

type Line = <E, R>(open: Effect.Effect<Transport, E, R>) => Effect.Effect<Transport, E, R>

/** A shell at the end of a serial line. */
const shellOn = (name: keyof typeof shells, line: Line = (open) => open) =>
  Effect.gen(function* () {
    const { command, prompt } = shells[name]
    const path = yield* ptyOf(command)
    const console = yield* openConsole({
      name: "uart0",
      transport: line(openSerial({ path, baud: 115200 })),
    })
    const prompts = [{ name: "prompt", pattern: prompt }]
    yield* console.sendLine("")
    yield* console.expect({ patterns: prompts, timeoutSeconds: 10, what: "the first prompt" })
    const shell = yield* makeShell(console, prompts)
    return { console, shell }
  })

describe.each(Object.keys(shells) as Array<keyof typeof shells>)("%s", (name) => {
  it.live("runs commands as they are typed, and tells status and output", () =>
    Effect.gen(function* () {
      const { shell } = yield* shellOn(name)
      const result = (command: string) =>
        Effect.map(shell.run(command, { timeoutSeconds: 10 }), ({ status, output }) => [
          status,
          output,
        ])
      expect(yield* result("echo hello")).toEqual([0, "hello"])
      expect(yield* result("false")).toEqual([1, ""])
      expect(yield* result("printf 'no line end'; (exit 117)")).toEqual([117, "no line end"])
      expect(yield* result("printf 'a\\n\\nb\\n\\n'")).toEqual([0, "a\n\nb"])
      expect(yield* result("echo 'two  blanks' # and a comment")).toEqual([0, "two  blanks"])
      expect(yield* result("echo \"Hello!\" 'it!'")).toEqual([0, "Hello! it!"])
      expect(yield* result("cd /tmp && x=5")).toEqual([0, ""])
      expect(yield* result("echo $PWD $x $?")).toEqual([0, "/tmp 5 0"])
      expect(yield* result("sleep 0.01 &")).toEqual([0, expect.any(String)])
      expect((yield* result("if then"))[0]).toBe(2)
      expect((yield* result("no-such-program"))[0]).toBe(127)
    }),
  )

  it.live("runs commands of any length and any characters", () =>
    Effect.gen(function* () {
      const { shell } = yield* shellOn(name)
      const run = (command: string) => shell.run(command, { timeoutSeconds: 20 })
      const loop = 'for i in 1 2\ndo\n\techo "line $i"\ndone\n'
      expect(yield* run(loop)).toEqual({ status: 0, output: "line 1\nline 2" })
      expect(yield* run(`x='${"y".repeat(6000)}'; echo \${#x}`)).toEqual({
        status: 0,
        output: "6000",
      })
      expect(yield* run("cat <<'END'\na $b `c` \\d 'e'\nEND")).toMatchObject({
        output: "a $b `c` \\d 'e'",
      })
      expect(yield* run("(exit 3)\n")).toMatchObject({ status: 3 })
    }),
  )

  it.live("gives any text back as it is", () =>
    Effect.gen(function* () {
      const { shell } = yield* shellOn(name)
      const texts = fc.sample(fc.string({ unit: "binary", minLength: 1, maxLength: 60 }), 15)
      for (const text of [...texts, "Zürich 東京 🚀", "a\\b'c\"d$e`f\n\ng", "-n", "\\c\\0101"]) {
        // What a terminal or a console leaves out or makes into something else.
        const printable = text.replace(/[\0-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]/g, "").trimEnd()
        if (printable === "") continue
        const { output } = yield* shell.run(`printf '%s' ${quoteWord(printable)}`, {
          timeoutSeconds: 20,
        })
        expect(output).toBe(printable)
      }
    }),
  )

  it.live("gives a long output back whole", () =>
    Effect.gen(function* () {
      const { shell } = yield* shellOn(name)
      const { output } = yield* shell.run("seq 1 40000", { timeoutSeconds: 20 })
      expect(output.split("\n")).toEqual(
        Array.from({ length: 40_000 }, (_, index) => `${index + 1}`),
      )
    }),
  )

  it.live(
    "works on a UART that loses what it is given too fast",
    () =>
      Effect.gen(function* () {
        const { shell } = yield* shellOn(name, (open) => overrunning(open, { fifo: 16, perMs: 4 }))
        const command = `echo ${"the quick brown fox jumps over the lazy dog ".repeat(3).trim()}`
        for (let round = 0; round < 3; round++)
          expect((yield* shell.run(command, { timeoutSeconds: 20 })).output).toBe(command.slice(5))
      }),
    60_000,
  )

  it.live(
    "runs no mangled command on a line that loses characters",
    () =>
      Effect.gen(function* () {
        const { shell } = yield* shellOn(name, (open) => lossy(open, 0.004))
        for (let round = 0; round < 20; round++) {
          const { output } = yield* shell.run(`echo round-${round}-abcdefghijklmnopqrstuvwxyz`, {
            timeoutSeconds: 20,
          })
          expect(output).toBe(`round-${round}-abcdefghijklmnopqrstuvwxyz`)
        }
      }),
    120_000,
  )

  it.live(
    "is not confused by kernel messages between any two characters",
    () =>
      Effect.gen(function* () {
        const { shell } = yield* shellOn(name, (open) => withKernelMessages(open, 60))
        for (let round = 0; round < 60; round++) {
          const { status, output } = yield* shell.run(`echo round ${round}; (exit ${round})`, {
            timeoutSeconds: 20,
          })
          expect(status).toBe(round)
          expect(output.replace(kernelMessage, "").trim()).toBe(`round ${round}`)
        }
      }),
    120_000,
  )
})

describe("a shell", () => {
  it.live("fails a command that must succeed, with its last words", () =>
    Effect.gen(function* () {
      const { shell } = yield* shellOn("dash")
      yield* shell.check("true")
      const error = yield* Effect.flip(shell.check("echo trying; ls /nowhere"))
      expect(error._tag).toBe("JobError")
      expect(error.message).toMatch(
        /^the command "echo trying; ls \/nowhere" failed with exit status 2: ls: .*No such file/,
      )
      expect(error.console).toContain("trying")
    }),
  )

  it.live("stops a command that takes too long before it runs the next", () =>
    Effect.gen(function* () {
      const { shell } = yield* shellOn("bash")
      const error = yield* Effect.flip(shell.run("sleep 100", { timeoutSeconds: 0.2 }))
      expect(error.message).toContain(`waited 0.2 s for the end of the command "sleep 100"`)
      expect(waitFailure(error)?.kind).toBe("timeout")
      expect(yield* shell.run("echo still here", { timeoutSeconds: 5 })).toEqual({
        status: 0,
        output: "still here",
      })
    }),
  )

  it.live("gives a command the rest of the running action's time", () =>
    Effect.gen(function* () {
      const { shell } = yield* shellOn("dash")
      const error = yield* shell
        .run("sleep 100")
        .pipe(Effect.provideService(CurrentDeadline, Date.now() + 300), Effect.flip)
      expect(waitFailure(error)?.kind).toBe("timeout")
    }),
  )

  it.live("starts a command that does not come back", () =>
    Effect.gen(function* () {
      const { console, shell } = yield* shellOn("dash")
      yield* shell.start("exec printf 'Restarting system'")
      yield* console.expect({
        patterns: [{ name: "restart", pattern: "Restarting system" }],
        timeoutSeconds: 5,
        what: "the restart",
      })
    }),
  )

  it.live(
    "that does not echo is an error of the lab",
    () =>
      Effect.gen(function* () {
        const { console, shell } = yield* shellOn("dash")
        yield* shell.run("stty -echo", { timeoutSeconds: 5 })
        const error = yield* Effect.flip(shell.run("ls", { timeoutSeconds: 5 }))
        expect(error._tag).toBe("InfrastructureError")
        expect(error.message).toContain(`does not give back what is typed on it`)
        expect(console.name).toBe("uart0")
      }),
    60_000,
  )
})
