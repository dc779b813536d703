import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { decode, encode, type TftpPacket } from "../../../../src/core/net/tftp/packet.ts"

const text = fc.string({ unit: "grapheme" }).filter((s) => !s.includes("\0"))
const name = text.filter((s) => s !== "")
const options = fc.array(fc.tuple(name, text), { maxLength: 6 })
const block = fc.integer({ min: 0, max: 65535 })

const packet: fc.Arbitrary<TftpPacket> = fc.oneof(
  fc.record({ type: fc.constantFrom("RRQ", "WRQ"), filename: name, mode: text, options }),
  fc.record({ type: fc.constant("DATA"), block, data: fc.uint8Array().map((a) => Buffer.from(a)) }),
  fc.record({ type: fc.constant("ACK"), block }),
  fc.record({ type: fc.constant("ERROR"), code: block, message: text }),
  fc.record({ type: fc.constant("OACK"), options: options.filter((o) => o.length > 0) }),
)

describe("packet", () => {
  it("reads back what it writes", () => {
    fc.assert(
      fc.property(packet, (p) => {
        expect(decode(encode(p))).toEqual(p)
      }),
    )
  })

  it("reads any bytes, or cuts of real packets, without throwing", () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 600 }),
      fc.tuple(packet, fc.nat()).map(([p, cut]) => encode(p).subarray(0, cut % encode(p).length)),
    )
    fc.assert(
      fc.property(bytes, (some) => {
        expect(() => decode(some)).not.toThrow()
      }),
    )
  })

  it("writes requests as RFC 2347 draws them", () => {
    const request = encode({
      type: "RRQ",
      filename: "a/b",
      mode: "octet",
      options: [["blksize", "1428"]],
    })
    expect(request.toString("latin1")).toBe("\0\x01a/b\0octet\0blksize\x001428\0")
  })

  it.each([
    ["padding after the mode", "\0\x01f\0octet\0\0\0\0\0", []],
    ["an option without a value", "\0\x01f\0octet\0tsize\0", []],
    [
      "a last value that is not ended",
      "\0\x01f\0octet\0tsize\x000\0blksize\x00512",
      [["tsize", "0"]],
    ],
  ])("takes %s", (_, bytes, expected) => {
    expect(decode(Buffer.from(bytes, "latin1"))).toMatchObject({ filename: "f", options: expected })
  })

  it.each([
    ["no mode", "\0\x01f\0"],
    ["no name", "\0\x01\0octet\0"],
    ["too short", "\0\x04\0"],
    ["an unknown operation", "\0\x09abcd\0"],
  ])("does not take %s", (_, bytes) => {
    expect(decode(Buffer.from(bytes, "latin1"))).toBeUndefined()
  })
})
