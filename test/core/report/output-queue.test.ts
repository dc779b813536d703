import { Writable } from "node:stream"
import { describe, expect, it } from "vitest"
import { outputQueue } from "../../../src/core/report/output-queue.ts"

/** A stream whose reader takes a piece when it is told to. */
const slowStream = () => {
  const taken: Array<string> = []
  let release: ((error?: Error) => void) | undefined
  const stream = new Writable({
    decodeStrings: false,
    write: (chunk: string, _, done) => {
      taken.push(chunk)
      release = done
    },
  })
  const take = async (error?: Error) => {
    release?.(error)
    await new Promise((resolve) => setImmediate(resolve))
  }
  return { stream, taken, take }
}

describe("outputQueue", () => {
  it("gives the stream one piece at a time, in order, and knows what was not taken", async () => {
    const { stream, taken, take } = slowStream()
    const queue = outputQueue(stream)
    for (const text of ["a", "b", "x".repeat(100_000), "c"]) queue.write(text)
    expect(taken).toEqual(["a"])
    expect(queue.unread()).toBe(100_003)
    await take()
    expect(taken.at(-1)).toBe(`b${"x".repeat(100_000)}`)
    await take()
    expect(taken.at(-1)).toBe("c")
    expect(queue.unread()).toBe(1)
    await take()
    expect(queue.unread()).toBe(0)
    queue.write("d")
    expect(taken.at(-1)).toBe("d")
  })

  it("waits at the end until all is taken", async () => {
    const { stream, taken, take } = slowStream()
    const queue = outputQueue(stream)
    queue.write("a")
    queue.write("b")
    let flushed = false
    const flushing = queue.flush().then(() => (flushed = true))
    await take()
    expect(flushed).toBe(false)
    await take()
    await flushing
    expect(taken).toEqual(["a", "b"])
  })

  it("waits for nothing where there is nothing", async () => {
    await expect(outputQueue(slowStream().stream).flush()).resolves.toBeUndefined()
  })

  it("gives a reader up that takes nothing", async () => {
    const queue = outputQueue(slowStream().stream, 50)
    queue.write("a")
    await queue.flush()
    expect(queue.unread()).toBe(1)
  })

  it("keeps nothing for a reader that went away", async () => {
    const { stream, taken, take } = slowStream()
    const queue = outputQueue(stream)
    for (const text of ["a", "b"]) queue.write(text)
    const flushing = queue.flush()
    await take(new Error("EPIPE"))
    await flushing
    queue.write("c")
    expect(queue.unread()).toBe(0)
    expect(taken).toEqual(["a"])
  })
})
