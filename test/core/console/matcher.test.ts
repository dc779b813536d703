import fc from "fast-check"
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { Matcher, type WaitEnd, type WaitOptions } from "../../../src/core/console/matcher.ts"
import type { Pattern } from "../../../src/core/console/pattern.ts"
import { PlainText } from "../../../src/core/console/plain-text.ts"
import { patternSearch } from "../../../src/core/console/search.ts"
import { chunked, textOf } from "./chunks.ts"

const named = (...patterns: ReadonlyArray<string | RegExp>): ReadonlyArray<Pattern> =>
  patterns.map((pattern) => ({ name: String(pattern), pattern }))

/** Starts a wait; the answer's `end` is there once it has ended. */
const wait = (matcher: Matcher, patterns: ReadonlyArray<Pattern>, options: WaitOptions = {}) => {
  const result: { end?: WaitEnd } = {}
  matcher.wait(patternSearch(patterns), options, (end) => {
    result.end = end
  })
  return result
}

const matched = (text: string, rest: object = {}) => ({
  type: "match",
  match: expect.objectContaining({ text, ...rest }),
})

describe("a wait", () => {
  it("matches a prompt without a line end, over chunks, and tells what came before", () => {
    const matcher = new Matcher()
    const prompt = wait(matcher, named("login: "))
    for (const chunk of ["Debian 12\nboard lo", "gi", "n", ": "]) matcher.push(chunk)
    expect(prompt.end).toEqual(matched("login: ", { before: "Debian 12\nboard " }))
  })

  it("finds what came before it began, and nothing twice", () => {
    const matcher = new Matcher()
    matcher.push("one two\nthree two\n")
    expect(wait(matcher, named("two")).end).toEqual(matched("two", { before: "one " }))
    expect(wait(matcher, named("two")).end).toEqual(matched("two", { before: "\nthree " }))
    expect(wait(matcher, named("two")).end).toBeUndefined()
  })

  it("tells groups, by number and by name", () => {
    const matcher = new Matcher()
    const result = wait(matcher, named(/rc=(?<status>\d+) (x)?(y);/))
    matcher.push("rc=17 y;")
    expect(result.end).toEqual(
      matched("rc=17 y;", { groups: ["17", undefined, "y"], named: { status: "17" } }),
    )
  })

  it("takes what comes first in the text, of two that end together the first in the list", () => {
    const matcher = new Matcher()
    matcher.push("a password: login: \n")
    expect(wait(matcher, named("login: ", "password: ")).end).toEqual(matched("password: "))
    expect(wait(matcher, named(/l.*: /, "login: ")).end).toEqual(
      matched("login: ", { name: "/l.*: /" }),
    )
  })

  it("lets ^ match only where a line starts", () => {
    const matcher = new Matcher()
    matcher.push("x => y\n=> ")
    expect(wait(matcher, named("x")).end).toEqual(matched("x"))
    expect(wait(matcher, named(/^.?=> /)).end).toEqual(matched("=> ", { before: " => y\n" }))
  })

  it("keeps the last 64 Ki characters that nobody waited for", () => {
    const matcher = new Matcher()
    matcher.push("early\n")
    for (let line = 0; line < 20_000; line++) matcher.push(`line ${line}\n`)
    expect(wait(matcher, named("early")).end).toBeUndefined()
    const late = new Matcher()
    for (let line = 0; line < 20_000; line++) late.push(`line ${line}\n`)
    const { end } = wait(late, named("line 19999"))
    expect(end).toEqual(matched("line 19999"))
    const { before } = (end as Extract<WaitEnd, { type: "match" }>).match
    expect(before.length).toBeGreaterThan(60_000)
    expect(before.length).toBeLessThan(70_000)
  })

  it("does not keep noise without line ends for ever", () => {
    const matcher = new Matcher()
    const prompt = wait(matcher, named("=> "))
    for (let chunk = 0; chunk < 10_000; chunk++) matcher.push("\ufffd".repeat(1000))
    matcher.push("\n=> ")
    const { before } = (prompt.end as Extract<WaitEnd, { type: "match" }>).match
    expect(before.length).toBeLessThan(100_000)
  })

  it("matches over lines, as far as 4096 characters back", () => {
    const matcher = new Matcher()
    const result = wait(matcher, named(/start\n(?:.*\n)*end/))
    for (const line of ["start", ...Array.from({ length: 300 }, () => "filler"), "end"])
      matcher.push(`${line}\n`)
    expect(result.end).toMatchObject({ type: "match" })
  })

  it("ends once, and not at all after it was called off", () => {
    const matcher = new Matcher()
    const ends: Array<WaitEnd> = []
    const cancel = matcher.wait(patternSearch(named("a")), {}, (end) => ends.push(end))
    cancel()
    matcher.push("a")
    matcher.wait(patternSearch(named("a")), {}, (end) => ends.push(end))
    matcher.push("a")
    expect(ends).toHaveLength(1)
  })

  it("refuses a second wait beside it", () => {
    const matcher = new Matcher()
    wait(matcher, named("a"))
    expect(() => wait(matcher, named("b"))).toThrow("two waits")
  })

  it("ends when the connection is lost, after what came before", () => {
    const matcher = new Matcher()
    matcher.push("bye\nlogin: ")
    matcher.close("gone")
    expect(wait(matcher, named("bye")).end).toEqual(matched("bye"))
    expect(wait(matcher, named(/login: ?$/)).end).toEqual(matched("login: "))
    expect(wait(matcher, named("more")).end).toEqual({ type: "closed", reason: "gone" })
  })
})

describe("a pattern whose match can grow", () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it("is taken at the line's end, whole", () => {
    const matcher = new Matcher()
    const status = wait(matcher, named(/RC=\d+/))
    matcher.push("RC=1")
    matcher.push("27")
    expect(status.end).toBeUndefined()
    matcher.push("\n")
    expect(status.end).toEqual(matched("RC=127"))
  })

  it("is taken in a line that has not grown for 50 ms", () => {
    const matcher = new Matcher()
    const prompt = wait(matcher, named(/# $/))
    matcher.push("## comment\n#")
    vi.advanceTimersByTime(40)
    matcher.push(" ")
    vi.advanceTimersByTime(40)
    expect(prompt.end).toBeUndefined()
    vi.advanceTimersByTime(20)
    expect(prompt.end).toEqual(matched("# "))
  })

  it("is not taken where the line went on", () => {
    const matcher = new Matcher()
    const prompt = wait(matcher, named(/# $/))
    matcher.push("# not a prompt\n")
    vi.advanceTimersByTime(100)
    expect(prompt.end).toBeUndefined()
  })

  it("loses to one that ends earlier in the same line", () => {
    const matcher = new Matcher()
    const result = wait(matcher, named(/.*/, "ready"))
    matcher.push("system ready for you\n")
    expect(result.end).toEqual(matched("ready", { name: "ready" }))
  })
})

describe("an idle wait", () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it("ends when nothing has come for its time", () => {
    const matcher = new Matcher()
    const result = wait(matcher, named("x"), { idleMs: 100 })
    vi.advanceTimersByTime(90)
    matcher.push("abc")
    vi.advanceTimersByTime(90)
    expect(result.end).toBeUndefined()
    vi.advanceTimersByTime(20)
    expect(result.end).toEqual({ type: "idle", unread: "abc" })
  })
})

describe("any cutting into chunks", () => {
  /** Waits for the same patterns again and again, as long as there are matches. */
  const allMatches = (chunks: ReadonlyArray<Uint8Array>, patterns: ReadonlyArray<Pattern>) => {
    const matcher = new Matcher()
    const text = new PlainText()
    const matches: Array<unknown> = []
    const search = patternSearch(patterns)
    const again = () =>
      void matcher.wait(search, { allowPanic: true, allowReset: true }, (end) => {
        if (end.type !== "match") return
        matches.push(end.match)
        again()
      })
    again()
    for (const chunk of chunks) matcher.push(text.push(chunk))
    matcher.discard()
    matcher.close("over")
    return matches
  }

  const pieces = [
    "login: ",
    "log",
    "in: ",
    "# ",
    "rc=",
    "1",
    "27",
    "\r\n",
    "\n",
    "x",
    "\x1b[0m",
    "=> ",
    "end",
    " ",
  ]
  const patternLists: ReadonlyArray<ReadonlyArray<Pattern>> = [
    named("login: "),
    named("in: ", "login: ", "x"),
    named(/rc=\d+/, "# "),
    named(/^=> /, /x.*end/, /\d+$/),
    named(/x\nend/, /1\s+2/, /(in|x): /),
    named(/l.*: /, /(?:1|27)x*/, /[^x]x/),
  ]
  it("gives the same matches", () => {
    fc.assert(
      fc.property(
        chunked(textOf(pieces)),
        fc.constantFrom(...patternLists),
        ({ bytes, chunks }, patterns) => {
          expect(allMatches(chunks, patterns)).toEqual(allMatches([bytes], patterns))
        },
      ),
      { numRuns: 5000 },
    )
  })

  it("loses no match of a string", () => {
    fc.assert(
      fc.property(chunked(textOf(pieces)), ({ bytes, chunks }) => {
        const text = new PlainText().push(bytes)
        const count = text.split("login: ").length - 1
        expect(allMatches(chunks, named("login: "))).toHaveLength(count)
      }),
      { numRuns: 2000 },
    )
  })

  it("gives the same lines", () => {
    const linesOf = (chunks: ReadonlyArray<Uint8Array>) => {
      const lines: Array<string> = []
      const matcher = new Matcher({ onLines: (some) => lines.push(...some()) })
      const text = new PlainText()
      for (const chunk of chunks) matcher.push(text.push(chunk))
      matcher.close("over")
      return lines
    }
    fc.assert(
      fc.property(chunked(textOf(pieces)), ({ bytes, chunks }) => {
        const whole = new PlainText().push(bytes)
        const lines = linesOf(chunks)
        expect(lines).toEqual(linesOf([bytes]))
        expect(lines.join("\n")).toBe(whole.replace(/\n$/, ""))
      }),
    )
  })
})
