import { expect, it } from "vitest"
import { parsePattern } from "../../../src/core/testshell/parse-pattern.ts"

it("finds results in lines of output", () => {
  const find = parsePattern({
    pattern: String.raw`^(?P<test_case_id>[\w -]+):\s+(?P<result>PASS|FAIL|ODD)( (?P<measurement>\S+) (?P<units>\w+))?`,
    fixupdict: { PASS: "pass", FAIL: "fail" },
  })
  expect(find("a b - c: PASS")).toEqual({ type: "TESTCASE", case: "a_b_-_c", result: "pass" })
  expect(find("x: FAIL 1.5 s")).toEqual({
    type: "TESTCASE",
    case: "x",
    result: "fail",
    measurement: "1.5",
    units: "s",
  })
  expect(find("nothing here")).toBeUndefined()
  expect(find("x: ODD")).toEqual({
    type: "UNREADABLE",
    text: "x: ODD",
    case: "x",
    reason: 'the result "ODD" is not one of pass, fail, skip, unknown',
  })
})

it("takes Python's back references, and says what is not a pattern", () => {
  const find = parsePattern({ pattern: "(?P<test_case_id>a+)-(?P=test_case_id) (?P<result>pass)" })
  expect(find("aa-aa pass")).toMatchObject({ case: "aa" })
  expect(() => parsePattern({ pattern: "(" })).toThrow(
    /parse.pattern "\(" is not a regular expression/,
  )
})
