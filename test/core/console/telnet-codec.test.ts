import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { TelnetCodec } from "../../../src/core/console/telnet-codec.ts"
import { chunked } from "./chunks.ts"

const [SE, SB, WILL, WONT, DO, DONT, IAC] = [240, 250, 251, 252, 253, 254, 255]
const [binary, echo, suppressGoAhead, status, comPort] = [0, 1, 3, 5, 44]

const decode = (codec: TelnetCodec, chunks: ReadonlyArray<Uint8Array>) => {
  const parts = chunks.map((chunk) => codec.decode(chunk))
  return {
    data: Buffer.concat(parts.map(({ data }) => data)),
    reply: Buffer.concat(parts.map(({ reply }) => reply)),
  }
}

/** A codec after both sides have agreed on binary transmission. */
const agreed = () => {
  const codec = new TelnetCodec()
  codec.greeting()
  decode(codec, [Uint8Array.of(IAC, WILL, binary, IAC, DO, binary)])
  return codec
}

describe("TelnetCodec", () => {
  it("asks for binary transmission and no go-aheads, both ways, and for the device's echo", () => {
    expect([...new TelnetCodec().greeting()]).toEqual([
      IAC,
      DO,
      binary,
      IAC,
      DO,
      suppressGoAhead,
      IAC,
      DO,
      echo,
      IAC,
      WILL,
      binary,
      IAC,
      WILL,
      suppressGoAhead,
    ])
  })

  it("does not answer what it asked for", () => {
    const codec = new TelnetCodec()
    codec.greeting()
    const answers = [
      IAC,
      WILL,
      binary,
      IAC,
      DO,
      binary,
      IAC,
      WILL,
      echo,
      IAC,
      WONT,
      suppressGoAhead,
    ]
    expect(decode(codec, [Uint8Array.from(answers)]).reply).toHaveLength(0)
  })

  it("agrees to what it wants, refuses the rest, and repeats nothing", () => {
    const codec = new TelnetCodec()
    const offers = Uint8Array.of(
      IAC,
      WILL,
      echo,
      IAC,
      DO,
      binary,
      IAC,
      WILL,
      status,
      IAC,
      DO,
      comPort,
    )
    expect([...decode(codec, [offers]).reply]).toEqual([
      IAC,
      DO,
      echo,
      IAC,
      WILL,
      binary,
      IAC,
      DONT,
      status,
      IAC,
      WONT,
      comPort,
    ])
    const again = Uint8Array.of(IAC, WILL, echo, IAC, DO, binary)
    expect(decode(codec, [again]).reply).toHaveLength(0)
    expect([...decode(codec, [Uint8Array.of(IAC, WONT, echo)]).reply]).toEqual([IAC, DONT, echo])
  })

  it("takes commands and subnegotiations out of the bytes, wherever they are cut", () => {
    const stream = Uint8Array.of(
      ...Buffer.from("a"),
      IAC,
      WILL,
      echo,
      IAC,
      SB,
      comPort,
      1,
      IAC,
      IAC,
      13,
      IAC,
      SE,
      IAC,
      241,
      ...Buffer.from("b"),
      IAC,
      IAC,
      ...Buffer.from("c\r\n"),
    )
    fc.assert(
      fc.property(chunked(fc.constant(stream)), ({ chunks }) => {
        const { data, reply } = decode(new TelnetCodec(), chunks)
        expect(data).toEqual(Buffer.from([0x61, 0x62, 0xff, 0x63, 13, 10]))
        expect([...reply]).toEqual([IAC, DO, echo])
      }),
    )
  })

  it("reads and writes the network's line ends until transmission is binary", () => {
    const codec = new TelnetCodec()
    expect(decode(codec, [Buffer.from("a\r\0b\r"), Buffer.from("\0c\r\n")]).data.toString()).toBe(
      "a\rb\rc\r\n",
    )
    expect(Buffer.from(codec.encode(Buffer.from("ls\r"))).toString()).toBe("ls\r\0")
    const refused = new TelnetCodec()
    refused.greeting()
    expect(Buffer.from(refused.encode(Buffer.from("ls\r"))).toString()).toBe("ls\r")
    decode(refused, [Uint8Array.of(IAC, DONT, binary)])
    expect(Buffer.from(refused.encode(Buffer.from("ls\r"))).toString()).toBe("ls\r\0")
    expect(Buffer.from(agreed().encode(Buffer.from("ls\r"))).toString()).toBe("ls\r")
    expect(decode(agreed(), [Buffer.from("a\r\0b")]).data.toString()).toBe("a\r\0b")
  })

  it.for([
    ["before", () => new TelnetCodec()],
    ["after", agreed],
  ] as const)("brings any bytes through %s binary transmission is agreed", ([, make]) => {
    fc.assert(
      fc.property(chunked(fc.uint8Array({ maxLength: 200 })), ({ bytes }) => {
        const sent = make().encode(bytes)
        expect(decode(make(), [sent]).data).toEqual(Buffer.from(bytes))
      }),
    )
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 50 }), fc.nat({ max: 100 }), (bytes, cut) => {
        const sent = make().encode(bytes)
        const { data } = decode(make(), [sent.subarray(0, cut), sent.subarray(cut)])
        expect(data).toEqual(Buffer.from(bytes))
      }),
    )
  })

  it("survives noise", () => {
    fc.assert(
      fc.property(fc.uint8Array(), (noise) => {
        expect(decode(new TelnetCodec(), [noise]).data.length).toBeLessThanOrEqual(noise.length)
      }),
    )
  })
})
