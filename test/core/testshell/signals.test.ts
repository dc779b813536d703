import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { Signal } from "../../../src/core/testshell/signal.ts"
import { SignalParser } from "../../../src/core/testshell/signals.ts"
import { stamped } from "../../../src/core/testshell/stamp.ts"
import { kernelMessage, pieces, withNoise } from "./noise.ts"

/** All signals of a text, as a parser without a stage reads them. */
const read = (text: string, sizes: ReadonlyArray<number> = []): Signal[] => {
  const parser = new SignalParser()
  return [...pieces(text, sizes).flatMap((piece) => parser.push(piece)), ...parser.end()]
}

const noise = "[   12.345678] usb 1-1: new device\r\n"

describe("LAVA's plain form", () => {
  it.each<[string, Signal]>([
    [
      "<LAVA_SIGNAL_STARTRUN 0_smoke 12_1.2.3>",
      { type: "STARTRUN", definition: "0_smoke", uuid: "12_1.2.3" },
    ],
    [
      "<LAVA_SIGNAL_ENDRUN 0_smoke 12_1.2.3>",
      { type: "ENDRUN", definition: "0_smoke", uuid: "12_1.2.3" },
    ],
    [
      "<LAVA_SIGNAL_ENDRUN 0_smoke 12_1 3>",
      { type: "ENDRUN", definition: "0_smoke", uuid: "12_1", exit: 3 },
    ],
    ["<LAVA_SIGNAL_STARTTC mount>", { type: "STARTTC", case: "mount" }],
    ["<LAVA_SIGNAL_ENDTC mount>", { type: "ENDTC", case: "mount" }],
    [
      "<LAVA_SIGNAL_TESTCASE TEST_CASE_ID=a RESULT=pass>",
      { type: "TESTCASE", case: "a", result: "pass" },
    ],
    [
      "<LAVA_SIGNAL_TESTCASE RESULT=fail UNITS=MB/s test_case_id=a=1 MEASUREMENT=4.230>",
      { type: "TESTCASE", case: "a=1", result: "fail", measurement: "4.230", units: "MB/s" },
    ],
    ["<LAVA_SIGNAL_TESTSET START net>", { type: "TESTSET", action: "START", set: "net" }],
    ["<LAVA_SIGNAL_TESTSET STOP>", { type: "TESTSET", action: "STOP" }],
    [
      "<LAVA_SIGNAL_TESTREFERENCE bug skip https://example.com/1?a=b>",
      {
        type: "TESTREFERENCE",
        case: "bug",
        result: "skip",
        reference: "https://example.com/1?a=b",
      },
    ],
    ["<LAVA_SIGNAL_TESTRAISE disk is  gone>", { type: "TESTRAISE", message: "disk is gone" }],
    ["<LAVA_SIGNAL_TESTFEEDBACK host>", { type: "TESTFEEDBACK", namespace: "host" }],
    ["<LAVA_SIGNAL_TESTEVENT half way>", { type: "TESTEVENT", message: "half way" }],
    ["<LAVA_TEST_RUNNER INSTALL_FAIL>", { type: "INSTALL_FAIL" }],
    ["<LAVA_TEST_RUNNER INSTALL_FAIL 0_smoke>", { type: "INSTALL_FAIL", definition: "0_smoke" }],
    ["<LAVA_TEST_RUNNER EXIT>", { type: "EXIT" }],
  ])("%s", (line, signal) => {
    expect(read(`${line}\r\n`)).toEqual([signal])
    expect(read(`text without an end of line${line} and more\n`)).toEqual([signal])
    expect(read(`\u001b[0m[  123.456789] ${line}\r\n`)).toEqual([signal])
    for (let at = 0; at <= line.length; at++) {
      expect(read(withNoise(`${line}\r\n`, [[at, noise]])), `noise at ${at}`).toEqual([signal])
    }
  })

  it("is answered as soon as it is complete, without the end of its line", () => {
    const parser = new SignalParser()
    expect(parser.push("# <LAVA_TEST_RUNNER EX")).toEqual([])
    expect(parser.push("IT>")).toEqual([{ type: "EXIT" }])
    expect(parser.push("\r\n# ")).toEqual([])
    expect(parser.end()).toEqual([])
  })

  it("is read twice from one line, and after a line that lost its end", () => {
    const line = "<LAVA_SIGNAL_STARTTC a><LAVA_SIGNAL_ENDTC a>x\r\n"
    expect(read(line).map(({ type }) => type)).toEqual(["STARTTC", "ENDTC"])
  })

  it("is not taken from the shell's trace of a command that echoes it", () => {
    const text =
      "+ echo '<LAVA_SIGNAL_TESTCASE TEST_CASE_ID=a RESULT=pass>'\r\n" +
      "<LAVA_SIGNAL_TESTCASE TEST_CASE_ID=a RESULT=pass>\r\n" +
      `++ echo <LAVA_SIGNAL_TE${noise}STCASE TEST_CASE_ID=b RESULT=pass>\r\n`
    expect(read(text)).toEqual([{ type: "TESTCASE", case: "a", result: "pass" }])
  })

  it("is put together around a message that holds a signal of its own", () => {
    const outer = "<LAVA_SIGNAL_TESTCASE TEST_CASE_ID=outer RESULT=pass>\r\n"
    const inner = "[   12.345678] <LAVA_SIGNAL_TESTCASE TEST_CASE_ID=inner RESULT=fail>\r\n"
    for (let at = 1; at < outer.length - 2; at++) {
      expect(read(withNoise(outer, [[at, inner]])), `at ${at}`).toEqual([
        { type: "TESTCASE", case: "inner", result: "fail" },
        { type: "TESTCASE", case: "outer", result: "pass" },
      ])
    }
  })
})

describe("what cannot be read", () => {
  it.each([
    [
      "TESTCASE TEST_CASE_ID=a RESULT=passed",
      'the result "passed" is not one of pass, fail, skip, unknown',
      "a",
    ],
    ["TESTCASE TEST_CASE_ID=a", "RESULT is missing", "a"],
    ["TESTCASE RESULT=pass", "TEST_CASE_ID is missing", undefined],
    ["TESTCASE TEST_CASE_ID=a b RESULT=pass", '"b" is not KEY=value; a value holds no blanks', "a"],
    [
      "TESTCASE TEST_CASE_ID=a RESULT=pass MEASUREMENT=12s",
      'the measurement "12s" is not a number',
      "a",
    ],
    ["TESTSET START", 'TESTSET needs "START <name>" or "STOP", got "START"', undefined],
    [
      "TESTREFERENCE a passed http://x",
      'the result "passed" is not one of pass, fail, skip, unknown',
      "a",
    ],
    ["ENDRUN 0_a 1 three", 'the exit status "three" is not a number', undefined],
  ])("%s", (body, reason, testCase) => {
    const text = `<LAVA_SIGNAL_${body}>`
    const expected = { type: "UNREADABLE", text, reason, ...(testCase && { case: testCase }) }
    expect(read(`${text}\r\nother output\r\n`)).toEqual([expected])
    expect(read(`${stamped(text.slice(1, -1), "0", 1)}\r\n`)).toEqual([
      { ...expected, text: stamped(text.slice(1, -1), "0", 1) },
    ])
  })

  it("names the signals there are", () => {
    expect(read("<LAVA_SIGNAL_TESTCAS TEST_CASE_ID=a RESULT=pass>\n")).toMatchObject([
      { type: "UNREADABLE", reason: expect.stringContaining("TESTCASE, TESTSET") },
    ])
  })

  it("is reported when the start or the end of a signal is all there is", () => {
    expect(read("<LAVA_SIGNAL_TESTCASE TEST_CASE_ID=a RES\r\n")).toMatchObject([
      { type: "UNREADABLE" },
    ])
    expect(read("ASE TEST_CASE_ID=a RESULT=pass>\r\n")).toMatchObject([{ type: "UNREADABLE" }])
    expect(read("ID=a RESULT=pass>\r\n")).toMatchObject([{ type: "UNREADABLE" }])
  })

  it("does not hide the signal after it", () => {
    const signals = read(
      "<LAVA_SIGNAL_TESTCASE TEST_CASE_ID=a RES\r\n<LAVA_SIGNAL_TESTCASE TEST_CASE_ID=b RESULT=pass>\r\n",
    )
    expect(signals.map(({ type }) => type)).toEqual(["UNREADABLE", "TESTCASE"])
  })

  it("is not looked for in ordinary output", () => {
    const text =
      "a < b > c\r\n<html><LAVA>\r\nRESULT=pass\r\n<LAVA_TEST_RUNNER>: started\r\nSIGNAL 5\r\n"
    expect(read(text)).toEqual([])
  })
})

describe("numbered signals", () => {
  const event = (number: number, message = `m${number}`, stage = "0"): string =>
    `${stamped(`LAVA_SIGNAL_TESTEVENT ${message}`, stage, number)}\n`
  const seen = (...numbers: ReadonlyArray<number>) =>
    numbers.map((number) => ({ type: "TESTEVENT", message: `m${number}` }))
  const exit = (number: number): string => `${stamped("LAVA_TEST_RUNNER EXIT", "0", number)}\n`

  it("come out in order, once each", () => {
    const parser = new SignalParser({ stage: "0" })
    expect(parser.push(event(2) + event(1) + event(2) + event(3))).toEqual(seen(1, 2, 3))
    expect(parser.push(event(5))).toEqual([])
    expect(parser.push("<LAVA_SIGNAL_TESTEVENT plain>\n")).toEqual([])
    expect(parser.missing()).toEqual([4])
    expect(parser.push(event(4))).toEqual([...seen(4, 5), { type: "TESTEVENT", message: "plain" }])
  })

  it("are asked for again until EXIT was seen and none is missing", () => {
    const parser = new SignalParser({ stage: "0" })
    expect(parser.request()).toBe("1-")
    parser.push(event(1) + event(3) + event(5) + event(6) + event(10))
    expect(parser.request()).toBe("2 4 7-9 11-")
    expect(parser.push(exit(11))).toEqual([{ type: "EXIT" }])
    expect(parser.request()).toBe("2 4 7-9")
    expect(parser.recover([2, 4, 7, 8].map((number) => event(number)).join(""))).toEqual(
      seen(2, 3, 4, 5, 6, 7, 8),
    )
    expect(parser.end()).toEqual([
      { type: "UNREADABLE", text: "", reason: "signal 9 of the stage never arrived" },
      ...seen(10),
    ])
  })

  it("are not asked for where the runner could not number them", () => {
    const parser = new SignalParser({ stage: "0" })
    expect(parser.push("<LAVA_TEST_RUNNER EXIT>\n")).toEqual([{ type: "EXIT" }])
    expect(parser.request()).toBeUndefined()
  })

  it("let EXIT, a failed install and a raise go ahead of what is missing", () => {
    const parser = new SignalParser({ stage: "0" })
    const raise = `${stamped("LAVA_SIGNAL_TESTRAISE gone", "0", 3)}\n`
    expect(parser.push(event(2) + raise + exit(4))).toEqual([
      { type: "TESTRAISE", message: "gone" },
      { type: "EXIT" },
    ])
    expect(parser.recover(event(1))).toEqual(seen(1, 2))
  })

  it("are not taken for others: of another stage, or with a number that was used", () => {
    const parser = new SignalParser({ stage: "0" })
    expect(parser.push(event(1) + event(1, "other") + event(2, "late", "1"))).toMatchObject([
      ...seen(1),
      { type: "UNREADABLE", reason: "another signal with the number 1 came before it" },
      { type: "UNREADABLE", reason: "it belongs to stage 1, and this is stage 0" },
    ])
  })

  it("explain remains when they are recovered; other remains are reported", () => {
    const parser = new SignalParser({ stage: "0" })
    const cut = (text: string) => `${text.slice(0, 20)}${text.slice(24)}`
    const plain = "<LAVA_SIGNAL_TESTCASE TEST_CASE_ID=a RESULT=passed>\n"
    expect(parser.push(event(1) + cut(event(2)))).toEqual(seen(1))
    expect(parser.push(event(3))).toEqual([])
    expect(parser.recover(event(2))).toEqual(seen(2, 3))
    expect(parser.push(plain + event(4))).toMatchObject([
      { type: "UNREADABLE", case: "a" },
      ...seen(4),
    ])
    parser.push(cut(event(5)) + event(6))
    expect(parser.end()).toMatchObject([
      { type: "UNREADABLE", reason: expect.stringContaining("its checksum does not fit") },
      ...seen(6),
    ])
  })
})

const word = fc.string({
  unit: fc.constantFrom(...Array.from("abcXYZ019_.-+/:=[]")),
  minLength: 1,
  maxLength: 12,
})
const testCase = fc
  .record({
    case: word,
    result: fc.constantFrom("pass" as const, "fail" as const, "skip" as const, "unknown" as const),
    units: fc.option(word, { nil: undefined }),
  })
  .map(({ case: id, result, units }) => ({
    text: `LAVA_SIGNAL_TESTCASE TEST_CASE_ID=${id} RESULT=${result}${units === undefined ? "" : ` UNITS=${units}`}`,
    signal: { type: "TESTCASE", case: id, result, ...(units !== undefined && { units }) } as const,
  }))
const sizes = fc.array(fc.integer({ min: 1, max: 200 }), { maxLength: 5 })

describe("kernel messages inside signals", () => {
  it("are cut out of a plain signal, wherever they fall", () => {
    fc.assert(
      fc.property(
        testCase,
        fc.nat(),
        kernelMessage,
        sizes,
        ({ text, signal }, at, message, sizes) => {
          expect(read(withNoise(`<${text}>\r\n`, [[at, message]]), sizes)).toEqual([signal])
        },
      ),
      { numRuns: 1000 },
    )
  })

  it("are cut out of a numbered signal, however many there are", () => {
    const messages = fc.array(fc.tuple(fc.nat(), kernelMessage), { minLength: 1, maxLength: 6 })
    fc.assert(
      fc.property(testCase, messages, sizes, ({ text, signal }, messages, sizes) => {
        const clean = `${stamped(text, "0", 1)}\r\n`
        // At places of the signal itself: the last first, so that none falls into another.
        const places = messages
          .map(([at, message]) => [at % clean.length, message] as const)
          .toSorted(([a], [b]) => b - a)
        expect(read(withNoise(clean, places), sizes)).toEqual([signal])
      }),
      { numRuns: 1000 },
    )
  })

  it("without a time stamp never make another result of a plain signal", () => {
    const other = fc
      .string({ unit: fc.constantFrom(...Array.from("abcdefgh ().:-0123=_")), maxLength: 40 })
      .map((text) => `${text}\r\n`)
    let repaired = 0
    fc.assert(
      fc.property(testCase, fc.nat(), other, ({ text, signal }, at, noise) => {
        const clean = `<${text}>\r\n`
        const signals = read(withNoise(clean, [[at % clean.length, noise]]))
        if (signals.some(({ type }) => type === "UNREADABLE")) return
        repaired++
        expect(signals).toEqual([signal])
      }),
      { numRuns: 2000 },
    )
    expect(repaired).toBeGreaterThan(100)
  })

  it("never make another signal of it, even where they cut each other up", () => {
    const messages = fc.array(fc.tuple(fc.nat(), kernelMessage), { minLength: 1, maxLength: 4 })
    const runs = 2000
    const next = { type: "TESTEVENT", message: "next" } as const
    let recovered = 0
    let unreadable = 0
    fc.assert(
      fc.property(testCase, messages, sizes, ({ text, signal }, messages, sizes) => {
        const clean = `${stamped(text, "0", 1)}\r\n`
        const console =
          withNoise(clean, messages) + `${stamped("LAVA_SIGNAL_TESTEVENT next", "0", 2)}\n`
        const parser = new SignalParser({ stage: "0" })
        const signals = pieces(console, sizes).flatMap((piece) => parser.push(piece))
        const missing = parser.missing().length
        recovered += missing
        expect(signals.slice(2 - 2 * missing)).toEqual([])
        expect(parser.request()).toBe(missing === 0 ? "3-" : "1 3-")
        signals.push(...parser.recover(clean))
        signals.push(...parser.end())
        expect(signals.filter(({ type }) => type !== "UNREADABLE")).toEqual([signal, next])
        unreadable += signals.length - 2
      }),
      { numRuns: runs },
    )
    expect(recovered).toBeLessThan(runs * 0.12)
    expect(unreadable).toBeLessThan(runs * 0.005)
  })
})
