import fc from "fast-check"
import { expect, it } from "vitest"
import { awaited } from "../../../src/core/multinode/awaited.ts"

const node: fc.Arbitrary<string> = fc.constantFrom("a", "b", "c", "d", "e")
const nodes = fc.uniqueArray(node)
const set = nodes.map((names) => new Set(names))
const senders = fc.oneof(fc.record({ all: nodes }), fc.record({ any: nodes }))

it("is here when each of all, or one of any, has sent, whoever has ended since", () => {
  fc.assert(
    fc.property(nodes, set, set, (from, sent, gone) => {
      expect(awaited({ all: from }, sent, gone).type === "here").toBe(
        from.every((name) => sent.has(name)),
      )
      expect(awaited({ any: from }, sent, gone).type === "here").toBe(
        from.some((name) => sent.has(name)),
      )
    }),
  )
})

it("is lost exactly when those who have not ended cannot make it come", () => {
  fc.assert(
    fc.property(senders, set, set, (from, sent, gone) => {
      const alive = ["a", "b", "c", "d", "e"].filter((name) => !gone.has(name))
      const best = awaited(from, new Set([...sent, ...alive]), gone)
      expect(awaited(from, sent, gone).type === "lost").toBe(best.type !== "here")
    }),
  )
})

it("names who has not sent, and one that ended without", () => {
  fc.assert(
    fc.property(senders, set, set, (from, sent, gone) => {
      const state = awaited(from, sent, gone)
      const named = "missing" in state ? state.missing : "node" in state ? [state.node ?? ""] : []
      const all = "all" in from ? from.all : from.any
      expect(
        named.filter((name) => name !== "" && (sent.has(name) || !all.includes(name))),
      ).toEqual([])
      expect(state.type === "lost" && all.length > 0 && !named.some((name) => gone.has(name))).toBe(
        false,
      )
    }),
  )
})

it("never goes back: more messages do not open what is here, more ends do not open what is lost", () => {
  fc.assert(
    fc.property(senders, set, set, node, (from, sent, gone, next) => {
      const { type } = awaited(from, sent, gone)
      const later = awaited(from, new Set([...sent, next]), gone).type
      const left = awaited(from, sent, new Set([...gone, next])).type
      expect(type === "here" ? [later, left] : []).toEqual(type === "here" ? ["here", "here"] : [])
      expect(type === "lost" ? left : "lost").toBe("lost")
    }),
  )
})
