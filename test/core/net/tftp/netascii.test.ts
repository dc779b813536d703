import fc from "fast-check"
import { expect, it } from "vitest"
import { toNetascii } from "../../../../src/core/net/tftp/netascii.ts"

const convert = (text: string) =>
  Buffer.from(toNetascii(Buffer.from(text, "latin1"))).toString("latin1")

it("ends lines with CR LF and marks other CRs with NUL", () => {
  expect(convert("a\nb\r\n\rc")).toBe("a\r\nb\r\0\r\n\r\0c")
})

it("can be undone", () => {
  const undone = (text: string) =>
    text.replace(/\r[\n\0]/g, (pair) => (pair === "\r\n" ? "\n" : "\r"))
  const text = fc.string({ unit: fc.constantFrom("\r", "\n", "\0", "x") })
  fc.assert(
    fc.property(text, (t) => {
      expect(undone(convert(t))).toBe(t)
    }),
  )
})
