import { mkdtemp, readFile, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as fc from "fast-check"
import { expect, it } from "vitest"
import { startChild } from "../../src/board/child.ts"
import { LineDiscipline } from "../../src/board/line-discipline.ts"
import { patience } from "./console-client.ts"

const typeAt = (text: string, echo = true) => {
  const lines: Array<string> = []
  let echoed = ""
  let interrupts = 0
  const tty = new LineDiscipline({
    echo: (bytes) => (echoed += bytes.toString("latin1")),
    line: (line) => lines.push(line),
    interrupt: () => interrupts++,
  })
  tty.echo = echo
  for (const byte of Buffer.from(text)) tty.take(byte)
  return { lines, echoed, interrupts }
}

it("makes lines at CR and at LF, and echoes both as CR LF", () => {
  expect(typeAt("a b\rc\n\r")).toEqual({
    lines: ["a b", "c", ""],
    echoed: "a b\r\nc\r\n\r\n",
    interrupts: 0,
  })
})

it("drops the line at Ctrl-C", () => {
  expect(typeAt("rm -rf\x03ls\r")).toEqual({
    lines: ["ls"],
    echoed: "rm -rf^C\r\nls\r\n",
    interrupts: 1,
  })
})

it("echoes nothing of a password, and still takes characters back", () => {
  expect(typeAt("secreD\x7ft\r", false)).toEqual({ lines: ["secret"], echoed: "", interrupts: 0 })
})

it("keeps characters of several bytes", () => {
  expect(typeAt("grün\r").lines).toEqual(["grün"])
})

// The kernel's tty is the reference: what it echoes, and the lines that a program reads from it.
it("echoes and edits as the kernel's own tty does", async () => {
  const character = fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom("a", "b", "_", "-", " ") },
    { weight: 3, arbitrary: fc.constantFrom("\x7f", "\x15", "\x17", "\x01", "\x1b", "\r") },
  )
  const typed = fc.sample(fc.array(character, { minLength: 1, maxLength: 40 }), {
    numRuns: 150,
    seed: 7,
  })
  const all = `${typed.map((each) => each.join("")).join("\r")}\rend of input\r`
  const ours = typeAt(all)
  const { echo, lines } = await kernelTty(all)
  expect(ours.echoed).toBe(echo)
  expect(ours.lines).toEqual(lines)
})

const kernelTty = async (typed: string): Promise<{ echo: string; lines: Array<string> }> => {
  const directory = await mkdtemp(join(tmpdir(), "kernel-tty-"))
  const read = join(directory, "read")
  // A program that reads, and prints nothing: all that comes from the tty is echo.
  const program = `stty sane && echo ready && exec cat > ${read}`
  const child = startChild(["sh", "-c", `exec script -qfec '${program}' /dev/null`])
  try {
    let seen = ""
    child.stdout.on("data", (bytes: Buffer) => (seen += bytes.toString("latin1")))
    await expect.poll(() => seen, { timeout: patience }).toContain("ready\r\n")
    child.stdin.write(typed)
    const lines = async () => (await readFile(read, "latin1")).split("\n").slice(0, -1)
    await expect
      .poll(async () => (await lines()).at(-1), { timeout: patience })
      .toBe("end of input")
    return { echo: seen.slice(seen.indexOf("ready\r\n") + 7), lines: await lines() }
  } finally {
    await child.kill()
    await rm(directory, { recursive: true })
  }
}
