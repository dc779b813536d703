import { EventReader } from "./event-reader.ts"
import type { JobEvent, NodeEvent } from "./events.ts"

/** A job's events as they happen, for one who produces them and any number who read. */
export interface EventStream {
  readonly emit: (event: NodeEvent) => void
  /** No event comes any more: readers end when they have read what is theirs. */
  readonly end: () => void
  /**
   * Each reader gets every event from the moment on at which it began to read; none is kept for one who
   * comes later, since a console writes for days. Ends with the job. Who reads so slowly that 4 MiB of the console
   * wait for it gets a `log` event with `leftOut` in place of the lines that come then, and no progress of transfers;
   * results, actions and all else it always gets.
   */
  readonly events: AsyncIterable<JobEvent>
}

/** @param listener is told each event at once, before any reader */
export const makeEventStream = (listener?: (event: JobEvent) => void): EventStream => {
  const readers = new Set<EventReader>()
  let ended = false
  return {
    emit: (body) => {
      const event = { ...body, time: Date.now() }
      listener?.(event)
      for (const reader of readers) reader.push(event)
    },
    end: () => {
      ended = true
      for (const reader of readers) reader.end()
    },
    events: {
      [Symbol.asyncIterator]: () => {
        const reader = new EventReader((left) => readers.delete(left))
        if (ended) reader.end()
        else readers.add(reader)
        return reader
      },
    },
  }
}
