/** The words for what a host does. */
export const hostStates = ["available", "pending", "install", "running", "done", "maint"] as const

/** What a host does: the file `state` of its spool. */
export interface HostState {
  /**
   * available: it waits for a job; pending: one was placed and not yet fetched; install: it gets ready for it; running:
   * it runs the tests; done: its results are in the spool; maint: it takes no job until it is given back.
   */
  readonly state: (typeof hostStates)[number]
  /** The id of the job. */
  readonly job?: string
  /** `reboot` while it installs: what there was to install is installed. While it runs: the number of the stage. */
  readonly detail?: string
}

/** Reads a state, one line: `running ID 0`. Undefined for what is none, as a host that was never heard of has. */
export const parseHostState = (text: string): HostState | undefined => {
  const [word, job, detail] = text.trim().split(/\s+/)
  const state = hostStates.find((each) => each === word)
  if (state === undefined) return undefined
  return { state, ...(job !== undefined && { job }), ...(detail !== undefined && { detail }) }
}

/** A state as its line, without the line's end. */
export const showHostState = ({ state, job, detail }: HostState): string =>
  [state, job, detail].filter((word) => word !== undefined).join(" ")
