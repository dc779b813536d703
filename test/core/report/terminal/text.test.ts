import fc from "fast-check"
import { describe, expect, it } from "vitest"
import {
  pad,
  sanitise,
  spread,
  textWidth,
  truncate,
  wrap,
} from "../../../../src/core/report/terminal/text.ts"

describe("sanitise", () => {
  it("lets nothing through that a terminal would obey", () => {
    const piece = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.constantFrom("\x1b[2J", "\x1b]0;title\x07", "\x9b31m", "\x1bP", "\x1b\\", "\u202e", "\b"),
    )
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        expect(sanitise(pieces.join(""))).not.toMatch(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/u)
      }),
      { numRuns: 200 },
    )
  })

  it.each([
    ["plain", "plain"],
    ["\x1b[1;32mgreen\x1b[0m light", "green light"],
    ["\x1b]0;owned\x07title", "title"],
    ["Hit any key to stop autoboot:  2 \b\b\b 1 \b\b\b 0 ", "Hit any key to stop autoboot:  0 "],
    ["10%\r20%\r30%\r", "30%"],
    ["a\tb", "a    b"],
    ["\r\n", ""],
  ])("shows %j as %j", (line, shown) => {
    expect(sanitise(line)).toBe(shown)
  })

  it("is quick on a line made to be slow", () => {
    const start = performance.now()
    sanitise("x".repeat(500_000) + "\b".repeat(500_000))
    sanitise("\x1b]".repeat(500_000))
    expect(performance.now() - start).toBeLessThan(2000)
  })
})

describe("textWidth", () => {
  it.each([
    ["abc", 3],
    ["über", 4],
    ["u\u0308ber", 4],
    ["日本", 4],
    ["✔ ok", 4],
    ["🙂", 2],
    ["\x1b[31mred\x1b[39m", 3],
  ])("of %j is %i", (text, width) => {
    expect(textWidth(text)).toBe(width)
  })
})

describe("truncate, pad, spread and wrap", () => {
  const text = fc.string({ unit: fc.constantFrom("a", "b", " ", "日", "🙂", "é", "\u0308") })

  it("keep to the width", () => {
    fc.assert(
      fc.property(text, text, fc.integer({ min: 2, max: 30 }), (left, right, width) => {
        expect(textWidth(truncate(left, width))).toBeLessThanOrEqual(width)
        expect(textWidth(pad(left, width))).toBe(Math.max(width, textWidth(left)))
        expect(textWidth(spread(left, right, width).join(""))).toBeLessThanOrEqual(width)
        for (const line of wrap(left, width)) expect(textWidth(line)).toBeLessThanOrEqual(width)
      }),
    )
  })

  it("wrap loses nothing but spaces", () => {
    fc.assert(
      fc.property(text, fc.integer({ min: 2, max: 30 }), (text, width) => {
        expect(wrap(text, width).join("").replaceAll(" ", "")).toBe(text.replaceAll(" ", ""))
      }),
    )
  })

  it("break at spaces and cut with a sign", () => {
    expect(wrap("expected a prompt, saw none\nagain", 12)).toEqual([
      "expected a",
      "prompt, saw",
      "none",
      "again",
    ])
    expect(truncate("rootfs.tar.zst", 8)).toBe("rootfs.…")
    expect(spread("name", "1.2 s", 20).join("")).toBe("name           1.2 s")
  })
})
