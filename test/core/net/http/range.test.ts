import fc from "fast-check"
import { expect, it } from "vitest"
import { parseRange } from "../../../../src/core/net/http/range.ts"

it.each([
  ["bytes=0-0", { start: 0, end: 1 }],
  ["bytes=2-", { start: 2, end: 10 }],
  ["bytes=2-4", { start: 2, end: 5 }],
  ["bytes=2-400", { start: 2, end: 10 }],
  ["bytes=-3", { start: 7, end: 10 }],
  ["bytes=-300", { start: 0, end: 10 }],
  ["bytes=10-", "unsatisfiable"],
  ["bytes=-0", "unsatisfiable"],
  ["bytes=4-2", undefined],
  ["bytes=-", undefined],
  ["bytes=1-2,4-5", undefined],
  ["lines=1-2", undefined],
  [undefined, undefined],
])("reads %s of ten bytes", (header, expected) => {
  expect(parseRange(header, 10)).toEqual(expected)
})

it("never leaves the file", () => {
  const header = fc.stringMatching(/^bytes=\d{0,16}-\d{0,16}$/)
  fc.assert(
    fc.property(header, fc.nat(), (text, size) => {
      const range = parseRange(text, size)
      if (range === undefined || range === "unsatisfiable") return
      expect(range.start).toBeGreaterThanOrEqual(0)
      expect(range.start).toBeLessThan(range.end)
      expect(range.end).toBeLessThanOrEqual(size)
    }),
  )
})
