import type { ActionProgress, ActionStarted, JobEvent } from "../../pipeline/events.ts"

/** An action that runs, since when, and how far its transfer is. Times in milliseconds since 1970. */
export interface RunningAction {
  readonly action: ActionStarted
  readonly since: number
  readonly transfer: Transfer | undefined
  readonly hasChildren: boolean
}

/** Bytes that an action moves. */
export interface Transfer {
  readonly what: string
  readonly done: number
  readonly total: number | undefined
  /** When it was how far, oldest first: what the speed is taken from. */
  readonly samples: ReadonlyArray<{ readonly time: number; readonly done: number }>
}

/** Span over which a transfer's speed is taken, in milliseconds. */
const speedSpan = 3000

/** Speed of a transfer in bytes a second; it falls while nothing arrives. */
export const speed = ({ done, samples }: Transfer, now: number): number => {
  const oldest = samples[0]
  return oldest && now > oldest.time ? ((done - oldest.done) / (now - oldest.time)) * 1000 : 0
}

/** Follows which actions run. */
export interface Running {
  readonly event: (event: JobEvent) => void
  /** From the block down to the step that runs now; empty between blocks. */
  readonly path: () => ReadonlyArray<RunningAction>
  /** The action at a level, while it runs. */
  readonly at: (level: string) => RunningAction | undefined
  /** How many steps, that is actions without children, are done. */
  readonly stepsDone: () => number
}

/** Follows which actions run, from a job's events. */
export const followActions = (): Running => {
  const actions = new Map<string, Mutable>()
  const done = new Set<string>()

  const event = (event: JobEvent): void => {
    if (event.type === "action-started") {
      const parent = actions.get(parentOf(event.level))
      if (parent) parent.hasChildren = true
      const { time: since } = event
      actions.set(event.level, { action: event, since, transfer: undefined, hasChildren: false })
    } else if (event.type === "action-progress") {
      const running = actions.get(event.level)
      const ended = event.ended || event.done === event.total
      if (running) {
        running.transfer = ended ? undefined : advance(running.transfer, event, event.time)
      }
    } else if (event.type === "action-ended") {
      if (!actions.get(event.level)?.hasChildren && event.final) done.add(event.level)
      actions.delete(event.level)
    }
  }
  return {
    event,
    path: () => {
      const deepest = [...actions.keys()].at(-1)
      return [...actions.values()].filter(
        ({ action }) => action.level === deepest || deepest?.startsWith(`${action.level}.`),
      )
    },
    at: (level) => actions.get(level),
    stepsDone: () => done.size,
  }
}

interface Mutable {
  readonly action: ActionStarted
  readonly since: number
  transfer: Transfer | undefined
  hasChildren: boolean
}

const advance = (before: Transfer | undefined, event: ActionProgress, time: number): Transfer => {
  const { what, done, total } = event
  const same = before?.what === what && done >= before.done ? before.samples : []
  const recent = same.filter((sample) => time - sample.time <= speedSpan)
  return { what, done, total, samples: [...recent, { time, done }] }
}

const parentOf = (level: string): string => level.slice(0, Math.max(0, level.lastIndexOf(".")))
