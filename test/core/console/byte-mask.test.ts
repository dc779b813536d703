import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { makeByteMask } from "../../../src/core/console/byte-mask.ts"
import { makeMask } from "../../../src/core/report/mask.ts"

/** The text through the mask, in chunks of these sizes, over and over. */
const through = (text: string, secrets: ReadonlyArray<string>, sizes: ReadonlyArray<number>) => {
  const mask = makeByteMask(secrets)
  const bytes = Buffer.from(text)
  if (!mask) return bytes.toString()
  const shown: Array<Uint8Array> = []
  for (let start = 0, turn = 0; start < bytes.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1
    shown.push(mask.push(bytes.subarray(start, start + size)))
    start += size
  }
  return Buffer.concat([...shown, mask.end()]).toString()
}

describe("makeByteMask", () => {
  it("blanks as much in pieces of any size as in one", () => {
    const text = fc.string({ unit: fc.constantFrom("a", "b", "ä", " "), maxLength: 60 })
    const secret = fc.string({ unit: fc.constantFrom("a", "b", "ä"), minLength: 4, maxLength: 9 })
    fc.assert(
      fc.property(
        fc.array(fc.oneof(text, secret), { maxLength: 6 }),
        fc.array(secret, { maxLength: 3 }),
        fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 5 }),
        (parts, secrets, sizes) => {
          const whole = parts.concat(secrets).join("")
          expect(through(whole, secrets, sizes)).toBe(makeMask(secrets)(whole))
        },
      ),
      { numRuns: 1000 },
    )
  })

  it("takes the longest secret, also when its beginning is one too", () => {
    expect(through("see hunter2000.", ["hunter", "hunter2000"], [1])).toBe("see [MASKED].")
    expect(through("see hunter2001.", ["hunter", "hunter2000"], [4])).toBe("see [MASKED]2001.")
  })

  it("keeps what only began like a secret, and bytes that are no text", () => {
    const mask = makeByteMask(["hunter2"])
    expect(mask?.push(Uint8Array.of(0, 255, 0x68, 0x75))).toEqual(Buffer.from([0, 255]))
    expect(mask?.push(Uint8Array.of(254))).toEqual(Buffer.from([0x68, 0x75, 254]))
  })

  it("is none where there is nothing to blank", () => {
    expect(makeByteMask([])).toBeUndefined()
    expect(makeByteMask(["abc"])).toBeUndefined()
  })
})
