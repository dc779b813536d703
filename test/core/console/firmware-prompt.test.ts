import { existsSync, readFileSync } from "node:fs"
import path from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { openConsole } from "../../../src/core/console/console.ts"
import { firmwarePrompt } from "../../../src/core/console/firmware-prompt.ts"
import { type ConsoleSettings, openTransport } from "../../../src/core/console/transport.ts"
import { waitFailure } from "../../../src/core/console/wait-failure.ts"
import { overrunning } from "./bad-line.ts"
import { background, eventually, freePort, listening, temporaryDirectory } from "./peers.ts"

const uBoot = "/usr/lib/u-boot/qemu_arm/u-boot.bin"
const machine = ["-M", "virt", "-cpu", "cortex-a15", "-m", "128", "-bios", uBoot, "-nic", "none"]

/** A machine with U-Boot; answers how to reach its console. */
const boards = {
  "a PTY": Effect.gen(function* () {
    const told = path.join(yield* temporaryDirectory, "told")
    const words = [...machine, "-display", "none", "-monitor", "none", "-serial", "pty"]
    yield* background("sh", ["-c", `exec qemu-system-arm ${words.join(" ")} > ${told}`])
    const pty = () =>
      /\/dev\/pts\/\d+/.exec(existsSync(told) ? readFileSync(told, "utf8") : "")?.[0]
    yield* eventually(() => pty() !== undefined)
    return { serial: { path: pty()!, baud: 115200 } }
  }),
  telnet: Effect.gen(function* () {
    const port = yield* freePort
    const serial = `telnet:127.0.0.1:${port},server=on,wait=off`
    const words = ["-display", "none", "-monitor", "none", "-serial", serial]
    yield* background("qemu-system-arm", [...machine, ...words])
    yield* listening(port)
    return { telnet: { host: "127.0.0.1", port } }
  }),
}

const boot = (settings: ConsoleSettings, line?: typeof overrunning) =>
  Effect.gen(function* () {
    const transport = openTransport(settings)
    const console = yield* openConsole({
      name: "uart0",
      transport: line ? line(transport, { fifo: 16, perMs: 5 }) : transport,
    })
    const prompts = [
      { name: "autoboot", pattern: /Hit any key to stop autoboot/ },
      { name: "prompt", pattern: "=> " },
    ]
    const wait = { patterns: prompts, what: "U-Boot", timeoutSeconds: 30, allowReset: true }
    yield* console.send("\r")
    if ((yield* console.expect(wait)).name === "autoboot") {
      yield* console.send(" ")
      yield* console.expect({ ...wait, patterns: prompts.slice(1) })
    }
    yield* console.drain({ quietMs: 200, timeoutSeconds: 5 })
    yield* console.send("\r")
    yield* console.expect({ ...wait, patterns: prompts.slice(1) })
    return { console, prompt: firmwarePrompt(console, "=> ") }
  })

describe.each(Object.keys(boards) as Array<keyof typeof boards>)("U-Boot on %s", (way) => {
  it.live(
    "takes commands, and tells which failed",
    () =>
      Effect.gen(function* () {
        const { console, prompt } = yield* boot(yield* boards[way])
        const second = { timeoutSeconds: 10 }
        yield* prompt.check("setenv message a => b", second)
        expect(yield* prompt.command("echo $message", second)).toBe("a => b")
        expect(yield* prompt.command("printenv message", second)).toBe("message=a => b")
        const error = yield* Effect.flip(prompt.check("printenv nothing", second))
        expect(error.message).toBe(
          `the firmware's command "printenv nothing" failed with status 1: ## Error: "nothing" not defined`,
        )
        const long = `setenv long ${"0123456789".repeat(20)}`
        yield* prompt.check(long, second)
        expect(yield* prompt.command("echo ${long}", second)).toBe("0123456789".repeat(20))
        // Stays in U-Boot until it is reset: the banner then ends any wait.
        yield* prompt.start("sleep 1; reset")
        const reset = yield* Effect.flip(
          console.expect({
            patterns: [{ name: "login", pattern: "login: " }],
            what: "the login prompt",
            timeoutSeconds: 30,
          }),
        )
        expect(waitFailure(reset)).toMatchObject({
          kind: "reset",
          line: expect.stringMatching(/^U-Boot 20/),
        })
      }),
    60_000,
  )
})

describe("U-Boot on a UART that loses what it is given too fast", () => {
  it.live(
    "gets whole commands",
    () =>
      Effect.gen(function* () {
        const { prompt } = yield* boot(yield* boards.telnet, overrunning)
        const value = "0123456789abcdef".repeat(8)
        yield* prompt.check(`setenv value ${value}`, { timeoutSeconds: 10 })
        expect(yield* prompt.command("echo $value", { timeoutSeconds: 10 })).toBe(value)
      }),
    60_000,
  )
})
