import type { JobEvent, JobEventBody } from "./events.ts"

/** A job's events as they happen, for one who produces them and any number who read. */
export interface EventStream {
  readonly emit: (event: JobEventBody) => void
  /** No event comes any more: readers end when they have read what is theirs. */
  readonly end: () => void
  /**
   * Each reader gets every event from the moment on at which it began to read; none is kept for one who
   * comes later, since a console writes for days. Ends with the job.
   */
  readonly events: AsyncIterable<JobEvent>
}

/** @param listener is told each event at once, before any reader */
export const makeEventStream = (listener?: (event: JobEvent) => void): EventStream => {
  const readers = new Set<Reader>()
  let ended = false
  return {
    emit: (body) => {
      const event = { ...body, time: Date.now() }
      listener?.(event)
      for (const reader of readers) reader.push(event)
    },
    end: () => {
      ended = true
      for (const reader of readers) reader.wake()
    },
    events: {
      [Symbol.asyncIterator]: () => {
        const reader = makeReader(
          () => ended,
          () => readers.delete(reader),
        )
        readers.add(reader)
        return reader.iterator
      },
    },
  }
}

interface Reader {
  readonly push: (event: JobEvent) => void
  readonly wake: () => void
  readonly iterator: AsyncIterator<JobEvent>
}

const makeReader = (isEnded: () => boolean, leave: () => void): Reader => {
  let unread: Array<JobEvent> = []
  let position = 0
  let wake = () => {}
  const next = async (): Promise<IteratorResult<JobEvent>> => {
    for (;;) {
      const event = unread[position]
      if (event) {
        position++
        return { done: false, value: event }
      }
      unread = []
      position = 0
      if (isEnded()) {
        leave()
        return { done: true, value: undefined }
      }
      await new Promise<void>((resolve) => (wake = resolve))
    }
  }
  return {
    push: (event) => {
      unread.push(event)
      wake()
    },
    wake: () => wake(),
    iterator: {
      next,
      return: async () => {
        leave()
        return { done: true, value: undefined }
      },
    },
  }
}
