import { PassThrough } from "node:stream"
import { describe, expect, it } from "vitest"
import { displayOf, openOutput } from "../../../src/core/report/output.ts"
import { styleFor } from "../../../src/core/report/style.ts"

const terminal = Object.assign(new PassThrough(), {
  isTTY: true,
  getWindowSize: (): [number, number] => [132, 50],
})

describe("displayOf", () => {
  it("is live and coloured on a terminal only", () => {
    expect(displayOf(terminal, { TERM: "xterm" })).toMatchObject({ live: true, colour: true })
    expect(displayOf(new PassThrough(), {})).toMatchObject({ live: false, colour: false })
    expect(displayOf(terminal, { TERM: "dumb" })).toMatchObject({ live: false, colour: false })
  })

  it.each([
    [{ NO_COLOR: "1" }, false],
    [{ NO_COLOR: "" }, true],
    [{ NO_COLOR: "1", FORCE_COLOR: "1" }, true],
    [{ FORCE_COLOR: "0" }, false],
  ])("follows %j: colour %s", (environment, colour) => {
    expect(displayOf(terminal, environment).colour).toBe(colour)
  })

  it.each([
    [{}, true],
    [{ LANG: "de_DE.UTF-8" }, true],
    [{ LANG: "C" }, false],
    [{ LC_ALL: "C", LANG: "C.UTF-8" }, false],
    [{ TERM: "linux", LANG: "C.UTF-8" }, false],
  ])("takes %j for a terminal with Unicode: %s", (environment, unicode) => {
    expect(displayOf(terminal, environment).unicode).toBe(unicode)
  })

  it("knows the window's size, or takes 80 by 24", () => {
    expect(displayOf(terminal, {}).size()).toEqual({ columns: 132, rows: 50 })
    expect(displayOf(new PassThrough(), {}).size()).toEqual({ columns: 80, rows: 24 })
  })
})

describe("openOutput", () => {
  it("bears that the reader goes away, with one listener however often it is opened", () => {
    const stream = new PassThrough()
    for (let time = 0; time < 20; time++) openOutput(stream, {})
    expect(() => stream.emit("error", new Error("EPIPE"))).not.toThrow()
    expect(stream.listenerCount("error")).toBe(1)
  })
})

describe("styleFor", () => {
  it("has no escapes without colour and no Unicode without that", () => {
    const style = styleFor({ colour: false, unicode: false })
    expect(style.red("x")).toBe("x")
    expect(Object.values(style.signs).join("")).toMatch(/^[ -~]*$/)
    expect(styleFor({ colour: true, unicode: true }).red("x")).toBe("\x1b[31mx\x1b[39m")
  })
})
