import type { JobEvent } from "../pipeline/events.ts"
import { perNode } from "./per-node.ts"

/** The time between two reports of one transfer, in milliseconds. */
const span = 100

/**
 * Passes a job's events on, but of a transfer's progress, which may come with every packet, ten events a second,
 * its first, that of its last byte and that of its end.
 */
export const thinProgress = (next: (event: JobEvent) => void): ((event: JobEvent) => void) => {
  const nodes = perNode(() => thinOne(next))
  return (event) => nodes.of(event)(event)
}

const thinOne = (next: (event: JobEvent) => void): ((event: JobEvent) => void) => {
  let last: { readonly key: string; readonly time: number } | undefined
  return (event) => {
    if (event.type === "action-progress") {
      const key = `${event.level} ${event.what}`
      const soon = last?.key === key && event.time - last.time < span
      if (soon && event.done !== event.total && !event.ended) return
      last = { key, time: event.time }
    }
    next(event)
  }
}
