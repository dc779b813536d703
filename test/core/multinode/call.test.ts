import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { answerTo, caseOf, readCall } from "../../../src/core/multinode/call.ts"
import { summarize } from "../../../src/core/testshell/stamp.ts"

const line = (text: string, number = 1): string => {
  const covered = `<LAVA_MULTI_NODE> <LAVA_${text} #${number}`
  const { length, sum } = summarize(covered)
  return `${covered}.${length}.${sum}>`
}

const word = fc.stringMatching(/^[A-Za-z0-9][\w.:/-]{0,8}$/)
const value = fc.array(word, { minLength: 1, maxLength: 3 }).map((words) => words.join(" "))

describe("a call", () => {
  it("is read as LAVA has it", () => {
    expect(readCall(line("SEND up ip=10.0.0.1 text=two words url=http://x?a=b"))).toEqual({
      type: "SEND",
      number: 1,
      id: "up",
      message: { ip: "10.0.0.1", text: "two words", url: "http://x?a=b" },
    })
    expect(readCall(`[    1.000000] ${line("WAIT_ALL up client", 7)}`)).toEqual({
      type: "WAIT_ALL",
      number: 7,
      id: "up",
      role: "client",
    })
    expect(caseOf(readCall(line("WAIT_ALL Up"))!)).toBe("multinode-wait_all-up")
  })

  it("comes whole or not at all", () => {
    fc.assert(
      fc.property(word, fc.dictionary(word, value), fc.nat(), fc.nat(5), (id, pairs, at, cut) => {
        const keys = Object.entries(pairs).filter(([key]) => !key.includes("="))
        const text = line(["SEND", id, ...keys.map((pair) => pair.join("="))].join(" "))
        expect(readCall(text)).toMatchObject({ id, message: Object.fromEntries(keys) })
        const start = at % text.length
        const damaged = text.slice(0, start) + text.slice(start + cut + 1)
        expect(readCall(damaged)).toBeUndefined()
      }),
    )
  })
})

describe("an answer", () => {
  const call = { type: "WAIT", number: 3, id: "x" } as const

  it("is LAVA's, with a sum", () => {
    const messages = new Map([["server", { ip: "10.0.0.1", text: "two words" }]])
    const [text = ""] = answerTo(call, { messages })
    expect(text).toMatch(/^<LAVA_WAIT_COMPLETE server:ip=10\.0\.0\.1 server:text=two words #3\./)
    expect(answerTo(call, { refused: "no <luck>" })[0]).toMatch(
      /^<LAVA_WAIT_COMPLETE nack no luck #3\.\d+\.\d+>$/,
    )
  })

  it("is typed in lines that any system takes", () => {
    const messages = new Map([["server", { key: "x".repeat(1000) }]])
    const lines = answerTo(call, { messages })
    expect(lines.length).toBeGreaterThan(5)
    expect(Math.max(...lines.map(({ length }) => length))).toBe(200)
    expect(lines.join("")).toContain(`server:key=${"x".repeat(1000)} #3.`)
  })
})
