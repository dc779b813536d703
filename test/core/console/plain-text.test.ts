import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { PlainText } from "../../../src/core/console/plain-text.ts"
import { chunked, textOf } from "./chunks.ts"

const plain = (...chunks: ReadonlyArray<string | Uint8Array>): string => {
  const text = new PlainText()
  return chunks.map((chunk) => text.push(Buffer.from(chunk))).join("")
}

describe("PlainText", () => {
  it.for([
    ["a line feed", "a\nb", "a\nb"],
    ["carriage return and line feed", "a\r\nb", "a\nb"],
    ["QEMU's stdio under a PTY", "a\r\r\nb", "a\nb"],
    ["line feed and carriage return", "a\n\rb", "a\nb"],
    ["an empty line", "a\r\n\r\nb", "a\n\nb"],
    ["a progress bar", "10%\r20%\r\n", "10%\n20%\n"],
    ["a carriage return at a line's start", "\r\n\rlogin: ", "\nlogin: "],
  ])("makes one line end of %s", ([, bytes, text]) => {
    expect(plain(bytes!)).toBe(text)
  })

  it.for([
    ["colours", "\x1b[1;31mred\x1b[0m", "red"],
    ["busybox's question for the cursor", "# \x1b[6n", "# "],
    ["bash's bracketed paste", "\x1b[?2004h# ls\r\n\x1b[?2004l\ra", "# ls\na"],
    ["a window title ended by BEL", "\x1b]0;root@board\x07# ", "# "],
    ["a window title ended by ST", "\x1b]0;root@board\x1b\\# ", "# "],
    ["a device control string", "a\x1bPq#0\x1b\\b", "ab"],
    ["two-byte escapes and character sets", "\x1b7a\x1b(Bb\x1b8", "ab"],
    ["a backspace and a bell", "3\b\b2\x07", "32"],
    ["NUL and DEL", "lo\0gin\x7f: ", "login: "],
  ])("leaves out %s", ([, bytes, text]) => {
    expect(plain(bytes!)).toBe(text)
  })

  it.for([
    ["a title without an end", "\x1b]0;noise\r\nlogin: ", "\nlogin: "],
    ["a control sequence without an end", "\x1b[12\nlogin: ", "\nlogin: "],
    ["an escape at a line's end", "a\x1b\r\nlogin: ", "a\nlogin: "],
    ["a kernel message in a sequence", "\x1b[?2[    1.0] usb 1-1\r\n", "[    1.0] usb 1-1\n"],
    ["an escape behind an escape", "\x1b\x1b[0mlogin: ", "login: "],
  ])("loses no more than a line to %s", ([, bytes, text]) => {
    expect(plain(bytes!)).toBe(text)
  })

  it("keeps UTF-8 that is cut anywhere, and marks what is not UTF-8", () => {
    const bytes = Buffer.from("Zürich → 東京 🚀")
    for (let cut = 0; cut <= bytes.length; cut++)
      expect(plain(bytes.subarray(0, cut), bytes.subarray(cut))).toBe("Zürich → 東京 🚀")
    expect(plain(Uint8Array.of(0x61, 0xff, 0x62, 0xc3, 0x28, 0x63))).toBe("a\ufffdb\ufffd(c")
  })

  const tricky = [
    "\r",
    "\n",
    "\x1b",
    "[",
    "]",
    "31",
    "m",
    "\x07",
    "\\",
    "é",
    "東",
    "🚀",
    "ok",
    "\t",
    "\0",
  ]
  const noise = fc.uint8Array({ maxLength: 60 })
  it("gives the same text however the bytes are cut", () => {
    fc.assert(
      fc.property(chunked(fc.oneof(textOf(tricky), noise)), ({ bytes, chunks }) => {
        expect(plain(...chunks)).toBe(plain(bytes))
      }),
      { numRuns: 2000 },
    )
  })

  it("gives printable text back as it is", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        fc.pre(!/[\0-\x08\x0a-\x1f\x7f]/.test(text) && text.isWellFormed())
        expect(plain(text)).toBe(text)
      }),
    )
  })
})
