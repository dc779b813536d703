import type { JobEvent } from "../pipeline/events.ts"

/** Something that turns a job's events into a log, a file or a picture. */
export interface Reporter {
  /** Takes the next event. Plain and quick: the console's lines pass through it. */
  readonly event: (event: JobEvent) => void
  /** The job is over, in whatever way: writes what is still held back. Called once. */
  readonly end: () => void | Promise<void>
}
