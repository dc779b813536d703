import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { type KeyPress, makeKeyReader } from "../../src/cli/console-keys.ts"

/** What is pressed, with neighbouring bytes joined. */
const pressed = (chunks: ReadonlyArray<Uint8Array>): ReadonlyArray<KeyPress> => {
  const read = makeKeyReader()
  const joined: Array<KeyPress> = []
  for (const press of chunks.flatMap((chunk) => read(chunk))) {
    const last = joined.at(-1)
    if (press.type === "typed" && last?.type === "typed") {
      joined[joined.length - 1] = { type: "typed", bytes: Buffer.concat([last.bytes, press.bytes]) }
    } else {
      joined.push(press.type === "typed" ? { ...press, bytes: Buffer.from(press.bytes) } : press)
    }
  }
  return joined
}

describe("makeKeyReader", () => {
  it("tells commands from what is typed", () => {
    expect(pressed([Buffer.from("ls\r\x1dqx\x1d\x1dy")])).toEqual([
      { type: "typed", bytes: Buffer.from("ls\r") },
      { type: "command", key: "q" },
      { type: "typed", bytes: Buffer.from("x\x1dy") },
    ])
  })

  it("does so however the bytes are cut", () => {
    const byte = fc.oneof(fc.constant(0x1d), fc.nat(255))
    fc.assert(
      fc.property(fc.array(byte), fc.nat(), (bytes, at) => {
        const whole = Buffer.from(bytes)
        const cut = bytes.length === 0 ? 0 : at % bytes.length
        const parts = [whole.subarray(0, cut), whole.subarray(cut)]
        expect(pressed(parts)).toEqual(pressed([whole]))
      }),
    )
  })
})
