import { execFileSync } from "node:child_process"
import fc from "fast-check"
import { expect, it } from "vitest"
import { quoteWord } from "../../../src/core/console/quote.ts"

const sh = (script: string): string =>
  execFileSync("sh", ["-e", "-c", script], { encoding: "utf8" })

it("a text is one word of a shell", () => {
  const texts = fc.array(
    fc.string({
      unit: fc.constantFrom(...Array.from("ab '\"$`\\;&|<>(){}[]*?~#!=\t")),
      maxLength: 12,
    }),
    { minLength: 1, maxLength: 40 },
  )
  fc.assert(
    fc.property(texts, (words) => {
      const given = words.map((each) => each.replaceAll("\0", ""))
      expect(sh(`printf '%s\\n' ${given.map(quoteWord).join(" ")}`)).toBe(`${given.join("\n")}\n`)
    }),
    { numRuns: 20 },
  )
})
