import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { editDistance, nearest } from "../../../src/core/source/spelling.ts"

describe("editDistance", () => {
  it.each([
    ["", "abc", 3],
    ["tftp", "tfpt", 1],
    ["kitten", "sitting", 3],
    ["deploy", "depoly", 1],
    ["a", "b", 1],
  ])("of %j and %j is %d", (a, b, edits) => {
    expect(editDistance(a, b)).toBe(edits)
  })

  it("is the same both ways, 0 only between equals, and at most the longer length", () => {
    const word = fc.string({ maxLength: 12, unit: fc.constantFrom("a", "b", "c") })
    fc.assert(
      fc.property(word, word, (a, b) => {
        const edits = editDistance(a, b)
        expect(editDistance(b, a)).toBe(edits)
        expect(edits === 0).toBe(a === b)
        expect(edits).toBeLessThanOrEqual(Math.max(a.length, b.length))
        expect(edits).toBeGreaterThanOrEqual(Math.abs(a.length - b.length))
      }),
    )
  })

  it("is 1 after any single typing mistake", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 2, maxLength: 12 }), fc.nat(), (word, seed) => {
        const at = seed % (word.length - 1)
        const without = word.slice(0, at) + word.slice(at + 1)
        const swapped = word.slice(0, at) + word[at + 1] + word[at] + word.slice(at + 2)
        expect(editDistance(word, without)).toBe(1)
        expect(editDistance(word, swapped)).toBeLessThanOrEqual(1)
      }),
    )
  })
})

describe("nearest", () => {
  const keys = ["timeout", "timeouts", "device_type", "namespace"]

  it("orders what may have been meant, nearest first", () => {
    expect(nearest("timeot", keys)).toEqual(["timeout", "timeouts"])
    expect(nearest("Device-Type", keys)).toEqual(["device_type"])
  })

  it("knows when nothing was meant", () => {
    expect(nearest("xyz", keys)).toEqual([])
    expect(nearest("n".repeat(10_000), keys)).toEqual([])
  })
})
