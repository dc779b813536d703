import { execFile } from "node:child_process"
import { mkdtemp, readFile, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout } from "node:timers/promises"
import { promisify } from "node:util"
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { BufferedFile } from "../../src/core/buffered-file.ts"

let directory = ""
let path = ""
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "buffered-file-"))
  path = join(directory, "file")
})
afterEach(() => rm(directory, { recursive: true }))

const open = () => new BufferedFile(path, (error) => expect.unreachable(error.message))
const source = new URL("../../src/core/buffered-file.ts", import.meta.url).pathname

describe("BufferedFile", () => {
  it("keeps the order of large and small pieces", async () => {
    const file = open()
    const pieces = Array.from({ length: 500 }, (_, index) =>
      Buffer.alloc((index * 7919) % 3000, index),
    )
    for (const [index, piece] of pieces.entries()) {
      file.write(piece)
      if (index % 50 === 0) await setTimeout(5)
    }
    await file.close()
    await file.close()
    expect((await readFile(path)).equals(Buffer.concat(pieces))).toBe(true)
  })

  it("writes text as UTF-8", async () => {
    const file = open()
    const lines = Array.from({ length: 50_000 }, (_, index) => `line ${index} \u00e4\u00f6\u00fc\n`)
    for (const line of lines) file.write(line)
    await file.close()
    expect(await readFile(path, "utf8")).toBe(lines.join(""))
  })

  it("shows what was written a moment later, while it is open", async () => {
    const file = open()
    file.write("now\n")
    await vi.waitFor(async () => expect(await readFile(path, "utf8")).toBe("now\n"), 5000)
    await file.close()
  })

  it.each([
    ["process.exit(3)", 3],
    ["throw new Error('nobody catches this')", 1],
  ])("loses nothing when the process ends by %s", async (ending, code) => {
    const script = `
      const { BufferedFile } = await import(${JSON.stringify(source)})
      const file = new BufferedFile(${JSON.stringify(path)}, () => {})
      for (let i = 0; i < 20000; i++) file.write("line " + i + "\\n")
      setTimeout(() => { ${ending} }, 0)`
    const run = promisify(execFile)(process.execPath, ["--input-type=module", "-e", script])
    await expect(run).rejects.toMatchObject({ code })
    expect((await readFile(path, "utf8")).split("\n")).toHaveLength(20_001)
  })

  it("tells a full disk once, and drops the rest", async () => {
    const errors: Array<string> = []
    const full = new BufferedFile("/dev/full", (error) => errors.push(error.message))
    for (let piece = 0; piece < 100; piece++) {
      full.write(Buffer.alloc(10_000))
      await setTimeout(1)
    }
    await full.close()
    full.write("after the end")
    expect(errors).toEqual([expect.stringContaining("ENOSPC")])
  })
})
