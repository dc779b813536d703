import type { ActionProgress, ConsoleLine, JobEvent } from "./events.ts"

/** What may wait for one reader of what can be spared, in bytes of memory, about 30 000 lines of a console. */
const mostWaiting = 4 * 1024 * 1024
/** An event takes about so much memory beside its text, in bytes. */
const eventSize = 100

type Spare = (ConsoleLine | ActionProgress) & JobEvent

/** Lines of the console can be spared when it must be, and how far a transfer is; its end cannot. */
const isSpare = (event: JobEvent): event is Spare =>
  event.type === "console" || (event.type === "action-progress" && !event.ended)

const sizeOf = (event: Spare): number =>
  eventSize + (event.type === "console" ? event.line.length : event.what.length)

/**
 * What happens in a job, waiting for one who reads it. A reader who is far behind does not get all of the console: a
 * `log` event in its place says how much was left out, until half of what waits was read. Every other event is kept.
 */
export class EventReader implements AsyncIterator<JobEvent, undefined> {
  readonly #leave: (reader: EventReader) => void
  #events: Array<JobEvent> = []
  #read = 0
  #waiting = 0
  #behind = false
  #leftOut = { lines: 0, bytes: 0, time: 0 }
  #ended = false
  #wake = () => {}

  /** @param leave is called when no event is wanted any more */
  constructor(leave: (reader: EventReader) => void) {
    this.#leave = leave
  }

  push(event: JobEvent): void {
    if (isSpare(event)) {
      const size = sizeOf(event)
      this.#behind = this.#waiting + size > (this.#behind ? mostWaiting / 2 : mostWaiting)
      if (this.#behind) return this.#leaveOut(event)
      this.#waiting += size
    }
    const note = this.#takeNote()
    if (note) this.#events.push(note)
    this.#events.push(event)
    this.#wake()
  }

  /** No event comes any more: the reader ends when it has read what is its. */
  end(): void {
    this.#ended = true
    this.#wake()
  }

  readonly next = async (): Promise<IteratorResult<JobEvent, undefined>> => {
    for (;;) {
      const value = this.#shift() ?? this.#takeNote()
      if (value) return { done: false, value }
      if (this.#ended) {
        this.#leave(this)
        return { done: true, value: undefined }
      }
      await new Promise<void>((resolve) => (this.#wake = resolve))
    }
  }

  readonly return = async (): Promise<IteratorResult<JobEvent, undefined>> => {
    this.#events = []
    this.end()
    this.#leave(this)
    return { done: true, value: undefined }
  }

  #shift(): JobEvent | undefined {
    const event = this.#events[this.#read]
    if (!event) return undefined
    this.#read++
    if (isSpare(event)) this.#waiting -= sizeOf(event)
    // One who is always a little behind must not keep all that it has read.
    if (this.#read > 1000 && this.#read * 2 > this.#events.length) {
      this.#events = this.#events.slice(this.#read)
      this.#read = 0
    }
    return event
  }

  #leaveOut(event: Spare): void {
    if (event.type !== "console") return
    this.#leftOut.lines++
    this.#leftOut.bytes += Buffer.byteLength(event.line)
    this.#leftOut.time = event.time
  }

  #takeNote(): JobEvent | undefined {
    const { lines, bytes, time } = this.#leftOut
    if (lines === 0) return undefined
    this.#leftOut = { lines: 0, bytes: 0, time: 0 }
    const message = `${lines} lines of the console (${bytes} bytes) are left out here: the reader of these events was too far behind`
    return { type: "log", level: "warning", message, leftOut: { lines, bytes }, time }
  }
}
