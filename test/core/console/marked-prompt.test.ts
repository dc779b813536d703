import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { markedPrompt, promptStatus } from "../../../src/core/console/marked-prompt.ts"

const find = (prompt: ReturnType<typeof markedPrompt>, text: string) =>
  prompt.search.find({ text, from: 0, lineFrom: 0, settled: false })

describe("a marked prompt", () => {
  it("is found with its status, and differs from any other", () => {
    const prompt = markedPrompt()
    for (const status of [0, 7, 42, 255]) {
      const text = `output\n${prompt.ps1.replace("$?", `${status}`)}`
      const found = find(prompt, text)
      expect(found).toMatchObject({ start: 7, end: text.length })
      expect(promptStatus(found!.named)).toBe(status)
      expect(find(markedPrompt(), text)).toBeUndefined()
    }
  })

  it("is not the line that sets it", () => {
    const prompt = markedPrompt()
    expect(find(prompt, `PS1='${prompt.ps1}'\n`)).toBeUndefined()
  })

  it("is found with kernel messages anywhere in it, without the output before it", () => {
    const noise = fc.constantFrom("[    1.0] usb 1-1: new device\n", "a {rc=\n", "random: crng\n")
    fc.assert(
      fc.property(
        fc.nat({ max: 255 }),
        fc.array(fc.tuple(fc.nat({ max: 30 }), noise), { maxLength: 3 }),
        fc.array(noise, { maxLength: 3 }),
        (status, noises, before) => {
          const prompt = markedPrompt()
          const whole = prompt.ps1.replace("$?", `${status}`)
          let text = whole
          for (const [place, line] of noises.toSorted((a, b) => b[0] - a[0])) {
            // Behind the last character there is no prompt any more; between digits none can be told.
            const inside = Math.min(place, whole.length - 1)
            if (inside <= 4 || inside >= 4 + `${status}`.length)
              text = text.slice(0, inside) + line + text.slice(inside)
          }
          const output = `${before.join("")}the output\n`
          const found = find(prompt, output + text)
          expect(promptStatus(found!.named)).toBe(status)
          expect(found!.start).toBeGreaterThanOrEqual(output.length)
          expect(found!.end).toBe(output.length + text.length)
        },
      ),
      { numRuns: 2000 },
    )
  })
})
