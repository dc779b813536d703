import type { DispatchError } from "../pipeline/errors.ts"
import type { JobEvent } from "../pipeline/events.ts"

/**
 * An error climbs from the action where it arose to the job's end, and each action on the way says it again.
 * This answers whether a reader has not seen the event's error yet, so that each is told once; an action that
 * is tried again may fail the same way again.
 */
export const newErrors = (): ((event: JobEvent) => DispatchError | undefined) => {
  const told = new Map<string, string>()
  return (event) => {
    const key = (action = "") => `${event.node ?? ""}\n${action}`
    if (event.type === "action-started") told.delete(key(event.name))
    if (event.type === "action-ended") {
      if (!event.error || !event.final) return undefined
    } else if (event.type !== "node-ended" && event.type !== "job-ended") return undefined
    const { error } = event
    if (!error) return undefined
    const known = told.get(key(error.action)) === error.message
    // The end of a job with roles says again what ended a node.
    const nodes = event.type === "job-ended" && [...told.values()].includes(error.message)
    if (known || nodes) return undefined
    told.set(key(error.action), error.message)
    return error
  }
}
