import { spawn } from "node:child_process"
import { existsSync } from "node:fs"
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { stripVTControlCharacters } from "node:util"
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"

let directory = ""
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "paused-reader-"))
})
afterEach(() => rm(directory, { recursive: true }))

const here = (path: string) => JSON.stringify(new URL(path, import.meta.url).pathname)

/** Tells a job with a lot of console, and then in a file how long its loop was held up, in milliseconds. */
const program = (format: string, lines: number) => `
  import { writeFileSync } from "node:fs"
  import { openReports } from ${here("../../../src/core/report/open.ts")}
  import { tell } from ${here("story.ts")}
  const reports = openReports({ format: "${format}" })
  const story = tell().job().start("1", "boot", "Boot it").result("0_a", "first", "pass")
  let last = performance.now()
  let longest = 0
  const pulse = setInterval(() => {
    const now = performance.now()
    longest = Math.max(longest, now - last)
    last = now
  }, 10)
  const say = (events) => {
    for (const event of events.splice(0)) reports.event({ ...event, time: Date.now() })
  }
  say(story.events)
  for (let round = 0; round < 100; round++) {
    for (let line = 0; line < ${lines / 100}; line++) story.target("line " + "x".repeat(80))
    say(story.events)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  say(story.result("0_a", "last", "fail").done("1", "boot", 1).end(1).events)
  clearInterval(pulse)
  writeFileSync(${JSON.stringify(join(directory, "told"))}, String(longest))
  await reports.end()
  // As the command does: what holds the process now must not hold it long.
  setTimeout(() => process.exit(), 1000).unref()
`

/** Runs the program; its reader takes nothing until the job is over. Answers what the reader got. */
const runPaused = async (command: string, source: string): Promise<string> => {
  await writeFile(join(directory, "job.mjs"), source)
  const reader = "{ until [ -e read ]; do sleep 0.1; done; cat; }"
  const shell = spawn("bash", ["-c", `${command} | ${reader}`], {
    cwd: directory,
    env: { ...process.env, NODE: process.execPath, TERM: "xterm", LC_ALL: "C.UTF-8" },
    stdio: ["pipe", "pipe", "inherit"],
    detached: true,
  })
  try {
    let text = ""
    shell.stdout.setEncoding("utf8").on("data", (more: string) => (text += more))
    const closed = new Promise((resolve) => shell.once("close", resolve))
    const told = join(directory, "told")
    await vi.waitUntil(() => existsSync(told), { timeout: 30_000, interval: 50 })
    expect(text).toBe("")
    expect(Number(await readFile(told, "utf8"))).toBeLessThan(2000)
    await writeFile(join(directory, "read"), "")
    await closed
    return text
  } finally {
    // The whole pipeline, should it still be there.
    if (shell.exitCode === null) process.kill(-shell.pid!, "SIGKILL")
  }
}

describe("a reader who pauses", () => {
  it("of a pipe holds nobody up, misses no result and is told which lines are missing", async () => {
    const text = await runPaused(`"$NODE" job.mjs`, program("json", 100_000))
    const events = text
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as { type: string; message?: string; case?: string })
    const shown = events.filter(({ type }) => type === "console").length
    const notes = events.filter(({ message }) => message?.includes("not shown here"))
    expect(notes).toHaveLength(1)
    expect(shown).toBeGreaterThan(10_000)
    expect(shown + Number.parseInt(notes[0]?.message ?? "", 10)).toBe(100_000)
    const cases = events.filter(({ type }) => type === "result").map((event) => event.case)
    expect(cases).toEqual(["first", "last"])
    expect(events.at(-1)?.type).toBe("job-ended")
  }, 60_000)

  it("of a terminal holds nobody up and gets the results", async () => {
    const terminal = `script -qfec 'stty cols 400 rows 150; exec "$NODE" job.mjs' /dev/null`
    const text = await runPaused(terminal, program("pretty", 100_000))
    const shown = stripVTControlCharacters(text)
    expect(shown).toMatch(/lines of the console not shown/)
    expect(shown).toMatch(/0_a +first +pass/)
    expect(shown).toContain("1 of 2 cases did not pass: last")
  }, 60_000)
})
