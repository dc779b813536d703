import * as fc from "fast-check"
import { expect, it } from "vitest"
import { TelnetServer } from "../../src/board/telnet.ts"

const [IAC, DONT, DO, WONT, WILL, SB, SE, BRK] = [255, 254, 253, 252, 251, 250, 240, 243]
const [BINARY, ECHO, SGA, TTYPE, NAWS] = [0, 1, 3, 24, 31]

/** What is typed and what is answered when these pieces come over the wire. */
const receive = (...pieces: ReadonlyArray<ReadonlyArray<number>>) => {
  const replies: Array<number> = []
  const server = new TelnetServer((bytes) => replies.push(...bytes))
  const typed = pieces.flatMap((piece) => [...server.decode(Buffer.from(piece))])
  return { typed: Buffer.from(typed).toString("latin1"), replies }
}
const bytes = (text: string) => [...Buffer.from(text, "latin1")]

it("begins as a terminal server does", () => {
  const options = [IAC, WILL, ECHO, IAC, WILL, SGA, IAC, WILL, BINARY, IAC, DO, BINARY]
  expect([...TelnetServer.greeting]).toEqual(options)
})

it("takes commands out of what is typed, and refuses the options it has not", () => {
  const wire = [
    bytes("a"),
    [IAC, DO, SGA, IAC, DO, ECHO, IAC, WILL, NAWS, IAC, DO, TTYPE],
    [IAC, SB, NAWS, 0, 80, 0, IAC, IAC, IAC, SE, IAC, BRK],
    bytes("b"),
    [IAC, IAC],
  ].flat()
  expect(receive(wire)).toEqual({
    typed: "ab\xff",
    replies: [IAC, DONT, NAWS, IAC, WONT, TTYPE],
  })
})

it("takes CR LF and CR NUL for the one key that they are, until the client sends binary", () => {
  expect(receive(bytes("a\r\nb\r\0c\n")).typed).toBe("a\rb\rc\n")
  expect(receive([IAC, WILL, BINARY], bytes("a\r\nb\r\0c\n")).typed).toBe("a\r\nb\r\0c\n")
  expect(receive([IAC, WILL, BINARY, IAC, WONT, BINARY], bytes("\r\n")).typed).toBe("\r")
})

it("reads the same wherever the wire is cut", () => {
  const any = fc.array(fc.oneof(fc.constantFrom(IAC, DO, SB, SE, 13, 10, 0), fc.nat(255)))
  fc.assert(
    fc.property(any, (wire) => {
      expect(receive(...wire.map((byte) => [byte]))).toEqual(receive(wire))
    }),
  )
})

it("sends all byte values, with IAC doubled", () => {
  const server = new TelnetServer(() => {})
  expect([...server.encode(Buffer.from([1, IAC, 2]))]).toEqual([1, IAC, IAC, 2])
})
