import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { describe, expect, it } from "vitest"
import type { JobEventBody } from "../../../src/core/pipeline/events.ts"
import { makeEventStream } from "../../../src/core/pipeline/event-stream.ts"

const message = (text: string): JobEventBody => ({ type: "log", level: "info", message: text })

/** What is in use when all garbage is gone, in bytes. */
const heapUsed = (): number => {
  setFlagsFromString("--expose-gc")
  runInNewContext("gc")()
  return process.memoryUsage().heapUsed
}

const read = async (events: AsyncIterable<JobEventBody>) => {
  const texts: Array<string> = []
  for await (const event of events) texts.push(event.type === "log" ? event.message : event.type)
  return texts
}

describe("makeEventStream", () => {
  it("gives each reader what happens from its beginning on, and ends", async () => {
    const told: Array<string> = []
    const stream = makeEventStream((event) => told.push(event.type))
    stream.emit(message("before anybody reads"))
    const first = read(stream.events)
    stream.emit(message("one"))
    const second = read(stream.events)
    await Promise.resolve()
    stream.emit(message("two"))
    stream.end()
    expect(await first).toEqual(["one", "two"])
    expect(await second).toEqual(["two"])
    expect(await read(stream.events)).toEqual([])
    expect(told).toEqual(["log", "log", "log"])
  })

  it("lets a reader leave", async () => {
    const stream = makeEventStream()
    const reading = (async () => {
      for await (const event of stream.events) return event.type
      return "nothing"
    })()
    stream.emit(message("one"))
    stream.emit(message("two"))
    expect(await reading).toBe("log")
  })
})

describe("a reader who does not keep up", () => {
  const line = (text: string): JobEventBody => ({
    type: "console",
    console: "uart0",
    direction: "target",
    line: text,
  })
  const result: JobEventBody = { type: "result", suite: "0_io", case: "read", result: "pass" }
  const progress = (done: number): JobEventBody => ({
    type: "action-progress",
    level: "1.1",
    what: "vmlinuz",
    done,
  })
  /** 900 bytes, so that some 4000 of it are the most that wait. */
  const long = "x".repeat(900)

  it("gets no more of the console than 4 MiB, how much it missed, and all else", async () => {
    const stream = makeEventStream()
    const reader = stream.events[Symbol.asyncIterator]()
    for (let count = 0; count < 10_000; count++) {
      stream.emit(line(long))
      if (count % 1000 === 999) stream.emit(result)
      stream.emit(progress(count))
    }
    stream.emit({ ...progress(10_000), ended: true } as JobEventBody)
    stream.end()
    const events: Array<JobEventBody> = []
    for await (const event of { [Symbol.asyncIterator]: () => reader }) events.push(event)

    const lines = events.filter(({ type }) => type === "console").length
    expect(lines).toBeGreaterThan(2000)
    expect(lines).toBeLessThan(4200)
    const notes = events.flatMap((event) => (event.type === "log" ? event : []))
    const missing = notes.reduce((sum, { leftOut }) => sum + (leftOut?.lines ?? 0), 0)
    expect(lines + missing).toBe(10_000)
    expect(notes.reduce((sum, { leftOut }) => sum + (leftOut?.bytes ?? 0), 0)).toBe(missing * 900)
    expect(notes[0]).toMatchObject({
      level: "warning",
      message: expect.stringMatching(/^\d+ lines of the console \(\d+ bytes\) are left out here/),
    })
    expect(events.filter(({ type }) => type === "result")).toHaveLength(10)
    expect(events.at(-1)).toMatchObject({ type: "action-progress", done: 10_000, ended: true })
  })

  it("gets the console again when it has caught up, after how much it missed", async () => {
    const stream = makeEventStream()
    const reader = stream.events[Symbol.asyncIterator]()
    for (let count = 0; count < 5000; count++) stream.emit(line(long))
    let read = 0
    let { value } = await reader.next()
    for (; value?.type === "console"; read++) ({ value } = await reader.next())
    expect(value).toMatchObject({ type: "log", leftOut: { lines: 5000 - read } })
    stream.emit(line("here again"))
    expect((await reader.next()).value).toMatchObject({ line: "here again" })
    stream.end()
    expect(await reader.next()).toEqual({ done: true, value: undefined })
  })

  it("does not disturb one who does", async () => {
    const stream = makeEventStream()
    stream.events[Symbol.asyncIterator]()
    let lines = 0
    const reading = (async () => {
      for await (const event of stream.events) if (event.type === "console") lines++
    })()
    for (let count = 0; count < 10_000; count++) {
      stream.emit(line(long))
      if (count % 100 === 0) await new Promise(setImmediate)
    }
    stream.end()
    await reading
    expect(lines).toBe(10_000)
  })

  it("keeps nothing of what one has read who is always a little behind", async () => {
    const stream = makeEventStream()
    const reader = stream.events[Symbol.asyncIterator]()
    stream.emit(message("ahead"))
    const before = heapUsed()
    for (let count = 0; count < 50_000; count++) {
      stream.emit(message(Buffer.alloc(1000, count).toString("latin1")))
      await reader.next()
    }
    // What was read is 50 MB.
    expect(heapUsed() - before).toBeLessThan(10_000_000)
    expect((await reader.next()).done).toBe(false)
  })

  it("may leave while it waits", async () => {
    const stream = makeEventStream()
    const reader = stream.events[Symbol.asyncIterator]()
    const waiting = reader.next()
    await reader.return?.()
    expect(await waiting).toEqual({ done: true, value: undefined })
  })
})
