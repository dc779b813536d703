import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { parse } from "yaml"
import { block, decimal, flow, quote } from "../../../src/core/report/lava-yaml.ts"

const readYaml = (text: string): unknown => parse(text, { version: "1.1", merge: false })

describe("quote", () => {
  it("is read back alike as YAML 1.1 and as JSON, whatever the console sent", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(JSON.parse(quote(text))).toBe(text)
        expect(readYaml(`- {"msg": ${quote(text)}}`)).toEqual([{ msg: text }])
      }),
      { numRuns: 200 },
    )
  })

  it("is one line of characters that YAML calls printable", () => {
    const quoted = quote("a\nb\r\u0085c\u2028d\u0007\u009b31m\ufeff\u{1f600}\ud800")
    expect(quoted).toMatch(
      /^[\u0020-\u007e\u00a0-\ud7ff\ue000-\ufefe\ufffd\u{10000}-\u{10ffff}]*$/u,
    )
    expect(quoted).toContain("\\u0085c\\u2028d")
  })
})

describe("flow", () => {
  it("writes any value so that YAML and JSON read it back", () => {
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.string({ minLength: 1 }).filter((key) => key !== "__proto__"),
          fc
            .jsonValue({ maxDepth: 3 })
            .map((value) => JSON.parse(JSON.stringify(value)) as unknown),
        ),
        (value) => {
          const plain = JSON.parse(flow(value)) as unknown
          expect(plain).toEqual(JSON.parse(JSON.stringify(value)))
          expect(readYaml(flow(value))).toEqual(plain)
        },
      ),
    )
  })

  it("leaves out what is undefined and writes null for what cannot be written", () => {
    expect(flow({ a: undefined, b: Number.NaN, c: () => 1, d: 12n })).toBe(
      '{"b": null, "c": null, "d": 12}',
    )
  })
})

describe("block", () => {
  it("writes a mapping that YAML reads back, a line for each key", () => {
    const value = { on: ["a", { b: null }], "x: #y": 'multi\nline "text"', n: 1e30 }
    expect(readYaml(block(value))).toEqual(value)
    expect(block(value).match(/\n/g)).toHaveLength(3)
  })
})

describe("decimal", () => {
  it.each([
    ["3.4200", "3.4200"],
    ["0.12345678901234567890123", "0.12345678901234567890123"],
    [".5", "0.5"],
    ["+7", "7"],
    ["007.10", "7.10"],
    ["5.", "5"],
    ["1e5", "1.0e+5"],
    ["-2.5E-3", "-2.5e-3"],
    ["-0", "-0"],
  ])("writes %s as %s", (text, expected) => {
    expect(decimal(text)).toBe(expected)
  })

  it.each(["", ".", "nan", "inf", "1_000", "0x10", "1,5", "e5", "12 s"])("refuses %j", (text) => {
    expect(decimal(text)).toBeUndefined()
  })

  it("is a number to JSON and to YAML 1.1", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (number) => {
        const text = decimal(String(number)) ?? ""
        expect(JSON.parse(text)).toBe(Number(String(number)))
        expect(readYaml(text)).toBe(Number(String(number)))
      }),
    )
  })
})
