import { execFile } from "node:child_process"
import { mkdtemp, readFile, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { openTextFile } from "../../../src/core/report/text-file.ts"

let directory = ""
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "text-file-"))
})
afterEach(() => rm(directory, { recursive: true }))

const source = new URL("../../../src/core/report/text-file.ts", import.meta.url).pathname

describe("openTextFile", () => {
  it("has everything in the file when closed, in order", async () => {
    const path = join(directory, "log")
    const file = openTextFile(path)
    const lines = Array.from({ length: 50_000 }, (_, index) => `line ${index} äöü\n`)
    for (const line of lines) file.write(line)
    file.close()
    file.close()
    expect(await readFile(path, "utf8")).toBe(lines.join(""))
  })

  it("shows what was written a moment later, while it is open", async () => {
    const path = join(directory, "log")
    const file = openTextFile(path)
    file.write("now\n")
    await vi.waitFor(async () => expect(await readFile(path, "utf8")).toBe("now\n"), 5000)
    file.close()
  })

  it.each([
    ["process.exit(3)", 3],
    ["throw new Error('nobody catches this')", 1],
  ])("loses nothing when the process ends by %s", async (ending, code) => {
    const path = join(directory, "log")
    const script = `
      const { openTextFile } = await import(${JSON.stringify(source)})
      const file = openTextFile(${JSON.stringify(path)})
      for (let i = 0; i < 1000; i++) file.write("line " + i + "\\n")
      setTimeout(() => { ${ending} }, 0)`
    const run = promisify(execFile)(process.execPath, ["--input-type=module", "-e", script])
    await expect(run).rejects.toMatchObject({ code })
    expect((await readFile(path, "utf8")).split("\n")).toHaveLength(1001)
  })

  it("tells of a full disk when closed, not before", () => {
    const file = openTextFile("/dev/full")
    for (let i = 0; i < 3; i++) file.write("x".repeat(70_000))
    expect(() => file.close()).toThrow(/ENOSPC/)
  })
})
