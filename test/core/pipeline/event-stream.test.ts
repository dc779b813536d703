import { describe, expect, it } from "vitest"
import type { JobEventBody } from "../../../src/core/pipeline/events.ts"
import { makeEventStream } from "../../../src/core/pipeline/event-stream.ts"

const message = (text: string): JobEventBody => ({ type: "log", level: "info", message: text })

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
