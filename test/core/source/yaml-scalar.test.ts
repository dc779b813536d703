import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { resolveScalar } from "../../../src/core/source/yaml-scalar.ts"

describe("resolveScalar", () => {
  it.each([
    ["", null],
    ["~", null],
    ["Null", null],
    ["nULL", "nULL"],
    ["yes", true],
    ["OFF", false],
    // PyYAML takes these as texts, whatever YAML 1.1 says.
    ["y", "y"],
    ["N", "N"],
    ["0", 0],
    ["-0", -0],
    ["+12", 12],
    ["1_000", 1000],
    ["0755", 493],
    ["08", "08"],
    ["0x1F", 31],
    ["-0x10", -16],
    ["0b101", 5],
    ["0o17", "0o17"],
    ["1.5", 1.5],
    [".5", 0.5],
    ["1.", 1],
    ["-1.5e+3", -1500],
    ["1.5e3", "1.5e3"],
    [".inf", Infinity],
    ["-.Inf", -Infinity],
    [".NaN", Number.NaN],
    [".", "."],
    ["-", "-"],
    ["1.2.3", "1.2.3"],
    ["0x", "0x"],
    ["0_", 0],
    // A revision, a MAC address, a date, an id: texts.
    ["12e4567", "12e4567"],
    ["10:11:22:33:44:55", "10:11:22:33:44:55"],
    ["2024-01-31", "2024-01-31"],
    ["12345678901234567890", "12345678901234567890"],
  ])("takes %j as %j", (text, value) => {
    expect(resolveScalar(text, false)).toEqual(value)
  })

  it("reads every number that JSON can write", () => {
    fc.assert(
      fc.property(fc.double({ noDefaultInfinity: true, noNaN: true }), (number) => {
        const text = JSON.stringify(number)
        // Integers beyond the safe ones are kept as they are written.
        const expected = /^-?\d+$/.test(text) && !Number.isSafeInteger(number) ? text : number
        expect(resolveScalar(text, true)).toEqual(JSON.parse(JSON.stringify(expected)))
      }),
    )
  })
})
