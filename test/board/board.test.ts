import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import { loadBoardScript, scopedBoard } from "../../src/board/board.ts"
import type { BoardScriptInput } from "../../src/board/script.ts"
import { InfrastructureError } from "../../src/core/pipeline/errors.ts"
import { readyMade, start, startAndWatch } from "./boards.ts"
import { ConsoleClient } from "./console-client.ts"

/** A board that is at once at a prompt, with these keys added. */
const prompting = (more: Partial<BoardScriptInput["states"][string]> = {}): BoardScriptInput => ({
  name: "prompting",
  on_power: [{ state: "ready" }],
  states: {
    ready: { prompt: "> ", otherwise: [{ print: "no {line}\n" }], ...more },
    next: { prompt: "next> " },
  },
})

describe("power", () => {
  it("is off at first, and what is typed then is lost", async () => {
    const board = await start(prompting())
    const client = await ConsoleClient.open(board)
    client.type("lost\r")
    expect(await client.quiet(50)).toBe("")
    expect([board.powered, board.state]).toEqual([false, undefined])
    await board.power("on")
    expect(await client.until("> ")).toBe("> ")
    expect([board.powered, board.state]).toEqual([true, "ready"])
  })

  it("is on from the start where the script says so", async () => {
    const board = await start({ ...prompting(), power: true })
    const client = await ConsoleClient.open(board)
    client.type("x\r")
    expect(await client.until("no x\r\n> ")).toMatch(/x\r\nno x\r\n> $/)
  })

  it("begins anew at a reset, and stops what was going on", async () => {
    const slow = prompting({
      commands: [{ match: "slow", do: [{ wait: 0.3 }, { print: "late" }] }],
    })
    const { board, client } = await startAndWatch(slow)
    await client.until("> ")
    client.type("slow\rtyped ahead\r")
    expect(await client.until("ahead\r\n")).toBe("slow\r\ntyped ahead\r\n")
    await board.power("reset")
    expect(await client.quiet(400)).toBe("> ")
    await board.power("off")
    client.type("x")
    expect(await client.quiet(50)).toBe("")
  })
})

describe("lines", () => {
  it("answers what it knows, and prompts again", async () => {
    const commands = [
      { match: "^set (?<name>\\w+) (\\w+)$", do: [{ print: "{name}={2} {no} ${x}\n" }] },
      { match: "^go$", do: [{ print: "going\n" }, { state: "next" }] },
    ]
    const { board, client } = await startAndWatch(prompting({ commands }))
    await client.until("> ")
    client.type("set a b\r\rfoo\rgo\r")
    // What is typed ahead is echoed at once, as a tty does; what follows a change of state is lost.
    expect(await client.until("next> ")).toBe(
      "set a b\r\na=b {no} ${x}\r\n> \r\n> foo\r\nno foo\r\n> go\r\ngoing\r\nnext> ",
    )
    expect(board.state).toBe("next")
  })

  it("ends an answer at Ctrl-C, and drops what was typed ahead", async () => {
    const commands = [{ match: "^slow$", do: [{ print: "begin\n" }, { wait: 60 }] }]
    const { client } = await startAndWatch(prompting({ commands }))
    await client.until("> ")
    client.type("slow\r")
    expect(await client.until("begin\r\n")).toBe("slow\r\nbegin\r\n")
    client.type("ahead\r\x03")
    expect(await client.until("> ")).toBe("ahead\r\n^C\r\n> ")
    client.type("half\x03")
    expect(await client.until("> ")).toBe("half^C\r\n> ")
  })

  it("keeps what it was told, until its power goes", async () => {
    const commands = [
      { match: "^PS1='(?<before>.*)\\$\\?(.*)'$", do: [{ set: { ps1: "{before}0{2}" } }] },
      { match: "^setenv (?<name>\\w+) (?<value>.*)$", do: [{ set: { env: "{name}={value};" } }] },
      { match: "^printenv$", do: [{ print: "{env}\n" }] },
    ]
    const enter = [{ set: { ps1: "$ " } }]
    const { board, client } = await startAndWatch(prompting({ prompt: "{ps1}", enter, commands }))
    await client.until("$ ")
    client.type("PS1='[rc=$? x]# '\r")
    expect(await client.until("\n[rc=0 x]# ")).toContain("PS1=")
    client.type("printenv\rsetenv a b c\rprintenv\r")
    expect(await client.until("a=b c;\r\n[rc=0 x]# ")).toContain("\r\n{env}\r\n")
    await board.power("reset")
    expect(await client.until("$ ")).toBe("$ ")
  })

  it("repeats", async () => {
    const many = { repeat: { times: 3, do: [{ print: "{n} of {line}\n" }] } }
    const { client } = await startAndWatch(prompting({ otherwise: [many] }))
    await client.until("> ")
    client.type("x\r")
    expect(await client.until("3 of x\r\n> ")).toBe("x\r\n1 of x\r\n2 of x\r\n3 of x\r\n> ")
  })
})

describe("u-boot-login-shell", () => {
  it("stops its autoboot at any key, and boots to a login", async () => {
    const { client } = await startAndWatch(readyMade("u-boot-login-shell"))
    expect(await client.until("autoboot:  2 ")).toBe(
      "\r\nU-Boot 2026.01 (Jan 05 2026 - 12:00:00 +0000)\r\n\r\nDRAM:  512 MiB\r\nNet:   eth0: ethernet@fff50000\r\nHit any key to stop autoboot:  2 ",
    )
    client.type(" ")
    expect(await client.until("=> ")).toMatch(/^(\x08\x08\x08 1 )?\r\n=> $/)
    client.type("frobnicate\r")
    expect(await client.until("=> ")).toBe(
      "frobnicate\r\nUnknown command 'frobnicate' - try 'help'\r\n=> ",
    )
  })

  it("boots by itself where nobody stops it", async () => {
    const { board, client } = await startAndWatch(readyMade("u-boot-login-shell"))
    const seen = await client.until("login: ")
    expect(seen).toContain("autoboot:  2 \b\b\b 1 \b\b\b 0 \r\n## Booting kernel\r\n")
    expect(board.state).toBe("login")
    client.type("nobody\r")
    await client.until("Password: ")
    client.type("guess\r")
    expect(await client.until("login: ")).toMatch(/^\r\n\r\nLogin incorrect\r\n/)
  })

  it("comes back to its firmware at a reset typed to it", async () => {
    const { client } = await startAndWatch(readyMade("u-boot-login-shell"))
    await client.until("autoboot:")
    client.type("x")
    await client.until("=> ")
    client.type("reset\r")
    expect(await client.until("U-Boot 2026")).toBe("reset\r\nresetting ...\r\n\r\nU-Boot 2026")
  })
})

describe("faults", () => {
  const chatty = (faults: BoardScriptInput["faults"]): BoardScriptInput => ({
    name: "chatty",
    on_power: [{ print: "0123456789\n" }, { state: "ready" }],
    states: { ready: { prompt: "> " }, dead: { enter: [{ print: "dead\n" }] } },
    faults,
  })

  it("writes into the middle of a line", async () => {
    const noise = { every: { bytes: 4 }, do: [{ print: "[" }, { print: "]" }] }
    const { client } = await startAndWatch(chatty([noise]))
    expect(await client.until(/> /)).toBe("0123[]4567[]89\r\n[]> ")
  })

  it("resets once in the board's life", async () => {
    const fault = {
      at: { output: "567" },
      times: 1,
      do: [{ print: "!\n" }, { reset: true as const }],
    }
    const { client } = await startAndWatch(chatty([fault]))
    expect(await client.until("> ")).toBe("01234567!\r\n0123456789\r\n> ")
  })

  it("hangs until its power is cycled", async () => {
    const fault = { at: { seconds: 0.05 }, times: 1, do: [{ print: "!" }, { hang: true as const }] }
    const { board, client } = await startAndWatch(chatty([fault]))
    expect(await client.until("!")).toBe("0123456789\r\n> !")
    client.type("anybody?\r\x03")
    expect(await client.quiet(50)).toBe("")
    expect([board.powered, board.state]).toEqual([true, undefined])
    await board.power("off")
    await board.power("on")
    expect(await client.until("> ")).toBe("0123456789\r\n> ")
  })

  it("goes to another state, and off", async () => {
    const { board, client } = await startAndWatch(
      chatty([
        { at: { output: "> " }, do: [{ state: "dead" }] },
        { at: { output: "dead" }, do: [{ power_off: true }] },
      ]),
    )
    expect(await client.until("dead")).toBe("0123456789\r\n> dead")
    await expect.poll(() => board.powered).toBe(false)
  })

  it("cuts the connections, and takes new ones", async () => {
    const commands = [{ match: "^cut$", do: [{ print: "bye" }, { disconnect: true as const }] }]
    const { board, client } = await startAndWatch(prompting({ commands }))
    client.type("cut\r")
    await client.until("bye")
    await client.cut()
    const again = await ConsoleClient.open(board)
    again.type("x\r")
    expect(await again.until("no x\r\n> ")).toBe("x\r\nno x\r\n> ")
  })
})

describe("the line", () => {
  it("loses characters that come too fast, and none that come slowly", async () => {
    const { client } = await startAndWatch({
      ...prompting(),
      uart: { overrun: { rate: 500, fifo: 16 } },
    })
    await client.until("> ")
    client.type("abcdefghij".repeat(10))
    const echo = await client.quiet(100)
    expect(echo.length).toBeGreaterThanOrEqual(16)
    expect(echo.length).toBeLessThan(100)
    client.type("\x15\r")
    await client.until("\r\n> ")
    for (const character of "slowly typed\r") {
      client.type(character)
      await new Promise((resolve) => setTimeout(resolve, 4))
    }
    expect(await client.until(/no .*\r\n> /)).toBe("slowly typed\r\nno slowly typed\r\n> ")
  })

  it("is as slow as its baud rate", async () => {
    const script = prompting({ otherwise: [{ print: `${"x".repeat(478)}\n` }] })
    const { client } = await startAndWatch({ ...script, uart: { baud: 19_200 } })
    await client.until("> ")
    const begin = performance.now()
    client.type("go\r")
    const answer = await client.until("> ")
    // 487 characters of 10 bits
    expect(answer.length).toBe(3 + 1 + 478 + 2 + 2)
    expect(performance.now() - begin).toBeGreaterThan(240)
  })

  it("gives telnet clients the bytes of the console, and the options of a terminal server", async () => {
    const { client } = await startAndWatch(prompting(), { listen: { telnet: 0 } })
    const greeting = "\xff\xfb\x01\xff\xfb\x03\xff\xfb\x00\xff\xfd\x00"
    expect(await client.until("> ")).toBe(`${greeting}> `)
    client.type(Buffer.from([255, 253, 24, ...Buffer.from("hi\r\n"), 255, 255, 13, 0]))
    expect(await client.until(/no \S\S\S\r\n> /)).toMatch(/^\xff\xfc\x18hi\r\nno hi\r\n> /)
  })

  it("waits for a reader that is behind, and loses nothing", async () => {
    const line = "a line of text that is printed very often\n"
    const often = { repeat: { times: 100_000, do: [{ print: line }] } }
    const { client } = await startAndWatch(prompting({ otherwise: [often] }))
    await client.until("> ")
    client.type("go\r")
    const text = await client.until("\n> ")
    expect(text.length).toBe(4 + 100_000 * (line.length + 1) + 2)
  })

  it("shows everybody the same, and hears everybody", async () => {
    const { board, client } = await startAndWatch(prompting())
    await client.until("> ")
    const other = await ConsoleClient.open(board)
    other.type("from ")
    await client.until("from ")
    client.type("both\r")
    expect(await client.until("> ")).toBe("both\r\nno from both\r\n> ")
    expect(await other.until("> ")).toBe("from both\r\nno from both\r\n> ")
  })
})

describe("many boards", () => {
  it("runs two hundred in one process, at next to no cost", async () => {
    const script = await loadBoardScript(readyMade("instant-runner"))
    const run = async () => {
      const { client } = await startAndWatch(script)
      await client.until("login: ")
      client.type("root\r")
      await client.until("# ")
      client.type("/lava-17/bin/lava-test-runner /lava-17/0\r")
      const text = await client.until("<LAVA_TEST_RUNNER EXIT>\r\n")
      client.type("echo RC=$?=\r")
      expect(await client.until(/RC=0=\r\n/)).toContain("echo RC=$?=\r\nRC=0=\r\n")
      client.close()
      return text.match(/<LAVA_SIGNAL_TESTCASE TEST_CASE_ID=case-\d+ RESULT=pass>\r\n/g)?.length
    }
    const cases = await Promise.all(Array.from({ length: 200 }, run))
    expect(cases).toEqual(Array.from({ length: 200 }, () => 10))
  })
})

describe("opening and closing", () => {
  it("says who is in the way when its port is taken", async () => {
    const { console } = await start(prompting())
    const port = console.protocol === "pty" ? 0 : console.port
    const second = start(prompting(), { listen: { tcp: port } })
    await expect(second).rejects.toThrow(InfrastructureError)
    await expect(second).rejects.toThrow(`127.0.0.1 port ${port}: something else listens there`)
  })

  it("gives its port back at the end of its scope", async () => {
    const port = await Effect.runPromise(
      Effect.scoped(
        Effect.gen(function* () {
          const board = yield* scopedBoard(prompting(), { listen: { tcp: 0 } })
          const client = yield* Effect.promise(() => ConsoleClient.open(board))
          yield* Effect.promise(() => board.power("on"))
          yield* Effect.promise(() => client.until("> "))
          return board.console.protocol === "pty" ? 0 : board.console.port
        }),
      ),
    )
    const { console } = await start(prompting(), { listen: { tcp: port } })
    expect(console).toEqual({ protocol: "tcp", host: "127.0.0.1", port })
  })

  it("leaves others their turn when its states lead only to each other", async () => {
    const board = await start({
      name: "restless",
      power: true,
      on_power: [{ state: "a" }],
      states: { a: { enter: [{ state: "b" }] }, b: { enter: [{ reset: true }] } },
    })
    await new Promise((resolve) => setTimeout(resolve, 20))
    await board.close()
    expect(board.powered).toBe(false)
  })
})
