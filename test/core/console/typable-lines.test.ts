import { execFileSync } from "node:child_process"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { typableLines } from "../../../src/core/console/typable-lines.ts"

describe("the lines of a command", () => {
  it("are short, printable ASCII, and bring the command whole", () => {
    const text = fc.string({ unit: "grapheme", minLength: 1, maxLength: 1500 })
    fc.assert(
      fc.property(
        text.filter((each) => !each.includes("\0")),
        (command) => {
          const { load, run } = typableLines(command)
          for (const line of [...load, run]) expect(line).toMatch(/^[\x20-\x7e]{1,400}$/)
          const script = `set -e\n${load.join("\n")}\nprintf %s "$_lab"`
          const sh = () => execFileSync("sh", ["-c", script], { encoding: "utf8" })
          expect(load.length === 0 ? run : sh()).toBe(command)
        },
      ),
      { numRuns: 50 },
    )
  })

  it("start no process for what can stand as it is", () => {
    const { load } = typableLines(`echo ${"x".repeat(3000)}`)
    expect(load).toHaveLength(11)
    expect(load.join("\n")).not.toContain("$(")
  })
})
