import * as fc from "fast-check"
import { expect, it } from "vitest"
import { Faults } from "../../src/board/faults.ts"
import type { Fault } from "../../src/board/script.ts"

/** What is sent of a text that is printed in these pieces, with `*` where a fault happens. */
const sent = (faults: ReadonlyArray<Fault>, pieces: ReadonlyArray<string>): string => {
  let out = ""
  const watch = new Faults(faults, () => (out += "*"))
  watch.powerOn()
  for (const piece of pieces) watch.pass(Buffer.from(piece), (bytes) => (out += bytes.toString()))
  watch.powerOff()
  return out
}

it("happens after so many bytes, once or again and again", () => {
  expect(sent([{ at: { bytes: 4 }, do: [] }], ["abcdefghij"])).toBe("abcd*efghij")
  expect(sent([{ every: { bytes: 3 }, do: [] }], ["abcdefghij"])).toBe("abc*def*ghi*j")
  expect(sent([{ every: { bytes: 3 }, times: 2, do: [] }], ["abcdefghij"])).toBe("abc*def*ghij")
})

it("happens at the end of what its pattern matches", () => {
  const fault = { at: { output: "login: |pass\\w" }, do: [] }
  expect(sent([fault], ["board log", "in: root\r\nlogin: "])).toBe("board login: *root\r\nlogin: ")
})

it("happens at the same places wherever the text is cut", () => {
  const faults: ReadonlyArray<Fault> = [
    { every: { bytes: 7 }, do: [] },
    { at: { bytes: 14 }, do: [] },
    { at: { output: "needle" }, do: [] },
  ]
  const text = "hay hay hay needle hay hay needle"
  const whole = sent(faults, [text])
  expect(whole).toBe("hay hay* hay ne**edle* ha*y hay n*eedle")
  fc.assert(
    fc.property(fc.array(fc.nat(text.length)), (cuts) => {
      const edges = [0, ...cuts.toSorted((a, b) => a - b), text.length]
      const pieces = edges.slice(1).map((end, index) => text.slice(edges[index], end))
      expect(sent(faults, pieces)).toBe(whole)
    }),
  )
})

it("drops what would be printed after the power went", () => {
  let out = ""
  const faults: Faults = new Faults([{ at: { bytes: 3 }, do: [] }], () => faults.powerOff())
  faults.powerOn()
  faults.pass(Buffer.from("abcdef"), (bytes) => (out += bytes.toString()))
  expect(out).toBe("abc")
})

it("happens no more often than it may over all power cycles", () => {
  let happened = 0
  const faults = new Faults([{ at: { bytes: 1 }, times: 2, do: [] }], () => happened++)
  for (let cycle = 0; cycle < 5; cycle++) {
    faults.powerOn()
    faults.pass(Buffer.from("abc"), () => {})
    faults.powerOff()
  }
  expect(happened).toBe(2)
})
