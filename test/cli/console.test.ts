import { readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { boardLab, job } from "./board-lab.ts"
import { cli, dispatch, type Running, start, startDispatch } from "./command.ts"

/** A board that answers what is typed. */
const script = {
  name: "answers",
  on_power: [{ print: "hello\n" }, { state: "shell" }],
  states: {
    shell: { prompt: "# ", commands: [{ match: "^echo (.*)$", do: [{ print: "<{1}>\n" }] }] },
  },
}

/** `dispatch console` on a terminal of its own, which script(1) makes; stty is told of when it has ended. */
const onTerminal = (cwd: string, args: ReadonlyArray<string>): Running => {
  const command = [process.execPath, cli, "console", ...args].map((word) => `'${word}'`).join(" ")
  const told = `${command}; echo "ended with $?"; stty -a`
  return start("script", ["-qfec", told, "/dev/null"], { cwd, env: { TERM: "xterm" } })
}

const escape = "\x1d"

describe("dispatch console on a terminal", () => {
  it("watches, and types when that is asked for; the terminal is as before at the end", async () => {
    const { directory: cwd, board } = await boardLab({ script })
    const console = onTerminal(cwd, ["board-01", "--record", "kept/today"])
    const type = (keys: string) => console.child.stdin?.write(keys)
    await console.sees("[board-01: watching TCP port 127.0.0.1:")
    await console.sees("recording to kept/today.log")
    await console.sees("q: quit")
    type(`${escape}p`)
    await console.sees("[board-01: power on done]")
    expect(board.powered).toBe(true)
    await console.sees("hello")

    type("echo no\r")
    await console.sees("[only watching: Ctrl-] w lets you type]")
    type(`${escape}w`)
    await console.sees("[what you type goes to the device]")
    type("echo yes\r")
    await console.sees("<yes>")
    expect(console.stdout()).not.toContain("<no>")
    type(`${escape}?`)
    await console.sees(/q: quit[^]*q: quit/)
    type(`${escape}P`)
    await console.sees("[board-01: power off done]")
    expect(board.powered).toBe(false)
    type(`${escape}q`)
    await console.sees("ended with 0")
    const { stdout } = await console.ended
    expect(stdout).toMatch(/[^-]icanon .*[^-]echo /)
    expect(readFileSync(join(cwd, "kept/today.log"), "utf8")).toBe(
      "hello\r\n# echo yes\r\n<yes>\r\n# ",
    )
    expect(readFileSync(join(cwd, "kept/today.input"), "utf8")).toBe("echo yes\r")
  })

  it.each([
    ["Ctrl-C", 0, ""],
    ["SIGTERM", 130, ""],
    ["a lost console", 3, "was lost: the other side closed"],
  ] as const)("gives the terminal back after %s", async (end, code, message) => {
    const { directory: cwd, board } = await boardLab({ script })
    const console = onTerminal(cwd, ["board-01"])
    await console.sees("q: quit")
    if (end === "Ctrl-C") console.child.stdin?.write("\x03")
    else if (end === "a lost console") await board.close()
    else {
      const holder = await dispatch(["power", "on", "board-01"], { cwd })
      const pid = /in use by dispatch console, process (\d+)/.exec(holder.stderr)?.[1]
      process.kill(Number(pid), "SIGTERM")
    }
    await console.sees(`ended with ${code}`)
    const { stdout } = await console.ended
    expect(stdout).toMatch(/[^-]icanon .*[^-]echo /)
    expect(stdout).toContain(message)
  })
})

describe("leaving dispatch console", () => {
  it("waits for the power switch, unless it is asked twice", async () => {
    const { directory: cwd } = await boardLab({ script, power: { off: ["sleep", "60"] } })
    const console = onTerminal(cwd, ["board-01"])
    await console.sees("q: quit")
    console.child.stdin?.write(`${escape}P${escape}q`)
    await console.sees("[waiting for the power switch; once more to leave at once]")
    console.child.stdin?.write(`${escape}q`)
    await console.sees("ended with 0")
    const { stdout } = await console.ended
    expect(stdout).toMatch(/[^-]icanon .*[^-]echo /)
  })
})

describe("dispatch console without a terminal", () => {
  it("types what it reads, with --write", async () => {
    const { directory: cwd, board } = await boardLab({ script })
    await board.power("on")
    const console = startDispatch(["console", "board-01", "--write"], { cwd })
    console.child.stdin?.end("echo one\necho two\n")
    await console.sees("<two>")
    expect(console.stdout()).toContain("<one>")
    console.child.kill("SIGINT")
    const { code, stderr } = await console.ended
    expect(code).toBe(130)
    expect(stderr).toContain("typing on TCP port")
    expect(console.stdout()).not.toContain("typing on")
  })

  it("says who has the device", async () => {
    const { directory: cwd } = await boardLab({ files: { "job.json": job }, script })
    const run = startDispatch(["job.json", "--format", "json"], { cwd })
    await run.sees('"name":"auto-login-action"')
    const { code, stderr } = await dispatch(["console", "board-01"], { cwd })
    expect(code).toBe(3)
    expect(stderr).toContain(`board-01 is in use by the job "ten instant tests"`)
  })

  it("says what to check where the console cannot be opened", async () => {
    const { directory: cwd, board } = await boardLab({ script })
    await board.close()
    const { code, stderr } = await dispatch(["console", "board-01"], { cwd })
    expect(code).toBe(3)
    expect(stderr).toMatch(/^error: .*nothing listens there; check that the terminal server/)
  })
})
