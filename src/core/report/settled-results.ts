import type { CaseResultEvent, JobEvent } from "../pipeline/events.ts"
import { perNode } from "./per-node.ts"

/** Whether a result is an action's own, in the suite `lava`, and not a test's. */
export const isActionResult = (event: CaseResultEvent): boolean =>
  event.suite === "lava" && event.level !== undefined

/**
 * Passes a job's events on, but holds the results of actions back until their block is settled: where a group
 * of actions is tried again, what failed in an earlier try says nothing of the job and would only mislead
 * who reads the results. The log still tells of every try.
 */
export const settleResults = (next: (event: JobEvent) => void): ((event: JobEvent) => void) => {
  const nodes = perNode(() => settleNode(next))
  return (event) => {
    if (event.type === "job-ended") for (const node of nodes.all()) node.release()
    nodes.of(event).event(event)
  }
}

/** Each node has its own blocks. */
const settleNode = (next: (event: JobEvent) => void) => {
  let held: Array<CaseResultEvent & { readonly time: number }> = []
  const release = () => {
    const settled = held
    held = []
    for (const each of settled) next(each)
  }
  const event = (event: JobEvent) => {
    if (event.type === "result" && isActionResult(event) && event.level?.includes(".")) {
      held.push(event)
      return
    }
    next(event)
    if (event.type !== "action-ended") return
    if (!event.final) held = held.filter((each) => !each.level?.startsWith(`${event.level}.`))
    else if (!event.level.includes(".")) release()
  }
  return { event, release }
}
