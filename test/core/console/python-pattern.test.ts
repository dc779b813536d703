import { expect, it } from "vitest"
import { fromPython } from "../../../src/core/console/python-pattern.ts"

const raw = String.raw

it.each([
  [raw`(?P<id>a+)-(?P=id) (?P<result>\w+)`, raw`(?<id>a+)-\k<id> (?<result>\w+)`],
  [raw`done\r\n`, raw`done\n`],
  [raw`done\r?\n`, raw`done\n`],
  [raw`\\r\n`, raw`\\r\n`],
  [raw`\\A`, raw`\\A`],
  [raw`(?<name>x)|(?:y)[#$] `, raw`(?<name>x)|(?:y)[#$] `],
])("%s is %s", (python, javascript) => {
  expect(fromPython(python)).toBe(javascript)
})

it("keeps the text's start and end", () => {
  const pattern = new RegExp(fromPython(raw`\Aa$\n^b\Z`), "m")
  expect(pattern.test("a\nb")).toBe(true)
  expect(pattern.test("a\nb\n")).toBe(false)
  expect(pattern.test("\na\nb")).toBe(false)
})
