import { join } from "node:path"
import { deviceEntry } from "../src/board/device-entry.ts"
import type { Board } from "../src/board/board.ts"
import type { BoardScriptInput } from "../src/board/script.ts"
import { dispatch, type JobEvent, type JobResult, type Lab, loadLab } from "../src/index.ts"
import { loginBoot } from "./actions/run-on-board.ts"
import { readyMade, start } from "./board/boards.ts"
import { directoryWith } from "./cli/command.ts"

/** A lab of two boards, `one` and `two`, each with a real shell and a file system of its own. */
export interface TwoBoards {
  readonly lab: Lab
  readonly boards: Readonly<Record<"one" | "two", Board>>
  /** Where its lab file is, and what jobs record. */
  readonly directory: string
}

/** Starts two boards; they are gone after the test. */
export const twoBoards = async (
  scripts: Partial<Record<"one" | "two", string | BoardScriptInput>> = {},
): Promise<TwoBoards> => {
  const login = readyMade("login-shell")
  const options = { listen: { tcp: 0 }, control: 0 } as const
  const boards = {
    one: await start(scripts.one ?? login, options),
    two: await start(scripts.two ?? login, options),
  }
  const devices = Object.fromEntries(
    Object.entries(boards).map(([name, board]) => [
      name,
      { device_type: "generic", ...deviceEntry(board) },
    ]),
  )
  const dispatcher = { address: "127.0.0.1" }
  const directory = directoryWith({ "lab.json": { dispatcher, devices } })
  return { lab: await loadLab(join(directory, "lab.json")), boards, directory }
}

/** A job with the roles `dev2`, on the board one, and `prod`, on two; both log in first. */
export const rolesJob = (
  actions: ReadonlyArray<object>,
  {
    dev2 = {},
    prod = {},
    ...keys
  }: { readonly dev2?: object; readonly prod?: object } & Readonly<Record<string, unknown>> = {},
) => ({
  job_name: "two roles",
  visibility: "public",
  timeouts: { job: { minutes: 2 }, action: { minutes: 1 } },
  protocols: {
    "lava-multinode": {
      roles: { dev2: { device: "one", ...dev2 }, prod: { device: "two", ...prod } },
    },
  },
  ...keys,
  actions: [loginBoot(), ...actions],
})

/** A job that was run, and what it told. */
export interface RolesRun extends JobResult {
  readonly events: ReadonlyArray<JobEvent>
  /** The messages of the job's log, each behind its node. */
  readonly messages: ReadonlyArray<string>
}

/** Runs a job to its end. @param onEvent is told of each event, and may cancel the job */
export const runRoles = async (
  { lab, directory }: TwoBoards,
  job: object,
  onEvent?: (event: JobEvent, cancel: () => void) => void,
): Promise<RolesRun> => {
  const events: Array<JobEvent> = []
  const run = dispatch(
    { value: job },
    {
      lab,
      recordDirectory: join(directory, "records"),
      onEvent: (event) => {
        events.push(event)
        onEvent?.(event, () => run.cancel())
      },
    },
  )
  const result = await run.result
  const messages = events.flatMap((event) =>
    event.type === "log" ? [`${event.node ?? ""}: ${event.message}`] : [],
  )
  return { ...result, events, messages }
}
