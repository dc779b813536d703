import type { DispatchError } from "../pipeline/errors.ts"
import type { JobEvent } from "../pipeline/events.ts"

/**
 * An error climbs from the action where it arose to the job's end, and each action on the way says it again.
 * This answers whether a reader has not seen the event's error yet, so that each is told once; an action that
 * is tried again may fail the same way again.
 */
export const newErrors = (): ((event: JobEvent) => DispatchError | undefined) => {
  const told = new Map<string | undefined, string>()
  return (event) => {
    if (event.type === "action-started") told.delete(event.name)
    const error =
      event.type === "action-ended" || event.type === "job-ended" ? event.error : undefined
    if (!error || told.get(error.action) === error.message) return undefined
    if (event.type === "action-ended" && !event.final) return undefined
    told.set(error.action, error.message)
    return error
  }
}
