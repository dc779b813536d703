import * as fc from "fast-check"
import { expect, it } from "vitest"
import { Pacer, Receiver } from "../../src/board/uart.ts"

it("loses what does not fit into the receiver, and takes again what it has read", () => {
  const receiver = new Receiver({ rate: 1000, fifo: 4 })
  const take = (text: string, now: number) => receiver.take(Buffer.from(text), now).toString()
  expect(take("abcdef", 0)).toBe("abcd")
  expect(take("gh", 0)).toBe("")
  expect(take("ijk", 2)).toBe("ij") // two characters were read in 2 ms
  expect(take("lmnopq", 1000)).toBe("lmno")
})

it("takes everything at its own rate, and in no stretch more than rate and receiver allow", () => {
  const chunks = fc.array(fc.record({ length: fc.nat(40), after: fc.nat(30) }), { minLength: 1 })
  fc.assert(
    fc.property(chunks, fc.integer({ min: 1, max: 20 }), (list, fifo) => {
      const receiver = new Receiver({ rate: 1000, fifo })
      let now = 0
      let taken = 0
      for (const { length, after } of list) {
        now += after
        taken += receiver.take(Buffer.alloc(length), now).length
        expect(taken).toBeLessThanOrEqual(fifo + now)
      }
    }),
  )
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 200 }),
      fc.integer({ min: 1, max: 20 }),
      (count, fifo) => {
        const receiver = new Receiver({ rate: 1000, fifo })
        for (let now = 1; now <= count; now++) {
          expect(receiver.take(Buffer.alloc(1), now).length).toBe(1)
        }
      },
    ),
  )
})

it("passes everything on in order, never faster than the line", async () => {
  const begin = performance.now()
  const arrivals: Array<{ total: number; at: number }> = []
  let passed = ""
  const pacer = new Pacer(20_000, (bytes) => {
    passed += bytes.toString()
    arrivals.push({ total: passed.length, at: performance.now() - begin })
  })
  const text = Array.from({ length: 400 }, (_, index) => `${index} `).join("")
  for (let at = 0; at < text.length; at += 100) pacer.push(Buffer.from(text.slice(at, at + 100)))
  await pacer.busy
  expect(pacer.busy).toBeUndefined()
  expect(passed).toBe(text)
  for (const { total, at } of arrivals) expect(total).toBeLessThanOrEqual((at * 20_000) / 1000)
})

it("drops what is not sent yet", async () => {
  let passed = 0
  const pacer = new Pacer(1000, (bytes) => (passed += bytes.length))
  pacer.push(Buffer.alloc(1_000_000))
  const empty = pacer.busy
  pacer.clear()
  await empty
  expect(passed).toBe(0)
})
