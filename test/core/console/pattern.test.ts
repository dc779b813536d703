import { describe, expect, it } from "vitest"
import { compilePattern } from "../../../src/core/console/pattern.ts"

const compile = (pattern: string | RegExp) => compilePattern({ name: "any", pattern })

describe("compilePattern", () => {
  it.for<[string | RegExp]>([
    ["login: "],
    [/login: /],
    [/\(initramfs\)/],
    [/[#$] /],
    [/root@(.*):[/~]#/],
    [/(login|user): /],
    [/(?:=> |# )/],
    [/a\.b/],
    [/(?<n>\d+) of/],
    [/RC=\d+=/],
  ])("takes %s as soon as it is there", ([pattern]) => {
    expect(compile(pattern)).toMatchObject({ closed: true })
  })

  it.for([
    [/login: ?/],
    [/# $/],
    [/\d+/],
    [/RC=(.*)/],
    [/a(?!b)/],
    [/a(?=b)/],
    [/foo\b/],
    [/x{2}/],
    [/foo|bar*/],
    [/(x(y|z+)|q)/],
    [/(?<n>a)\k<n>/],
  ])("waits until %s cannot grow any more", ([pattern]) => {
    expect(compile(pattern!)).toMatchObject({ closed: false })
  })

  it("knows which patterns can match a line end", () => {
    const spanning = (pattern: string | RegExp) => compile(pattern).spansLines
    const some = [/a\nb/, /a\s*b/, /a[^x]*b/, /a.*b/s, /[\s\S]+x/, /a\x0ab/, "a\nb"]
    expect(some.filter(spanning)).toEqual(some)
    const others = [/a.*b/, /a[^\n]*b/, /a[^\r\n]*b/, /a\S+b/, /^a$/, "a.b"]
    expect(others.filter(spanning)).toEqual([])
  })

  it("takes a string as it is, and keeps a pattern's flags", () => {
    expect(compile("[a] (b) $").regex.exec("x [a] (b) $ y")?.[0]).toBe("[a] (b) $")
    expect(compile(/LOGIN/i).regex.test("login")).toBe(true)
  })
})
