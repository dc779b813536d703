// What a user of the package may write: it is type-checked strictly, then run.
import * as Effect from "effect/Effect"
import {
  ConfigurationError,
  type DispatchError,
  dispatch,
  dispatchEffect,
  exitCode,
  type JobEvent,
  loadLab,
  openReports,
  prepare,
} from "lab-dispatch"
import { deviceEntry, startBoard } from "lab-dispatch/testing"
import greeter from "./greeter.ts"

const job = {
  job_name: "ten instant tests",
  device_type: "generic",
  visibility: "public",
  timeouts: { job: { minutes: 2 }, action: { minutes: 1 } },
  actions: [
    {
      boot: {
        method: "minimal",
        prompts: ["root@board:~# "],
        auto_login: { login_prompt: "login:", username: "root" },
      },
    },
  ],
}

const [script = ""] = process.argv.slice(2)
await using board = await startBoard(script, { listen: { tcp: 0 }, control: 0 })
const lab = await loadLab({
  devices: { "board-01": { device_type: "generic", ...deviceEntry(board) } },
})

const mistake: unknown = await prepare({ value: {} }, { lab }).catch((error: unknown) => error)
if (!(mistake instanceof ConfigurationError)) throw new Error("an empty job was taken")

const reports = openReports({})
const run = dispatch({ value: job }, { lab, onEvent: reports.event })
const types = new Set<JobEvent["type"]>()
for await (const event of run.events) types.add(event.type)
const { status, error } = await run.result
const failure: DispatchError | undefined = error
await reports.end()

const again = await Effect.runPromise(dispatchEffect({ value: job }, { lab }))
process.stdout.write(
  JSON.stringify({
    status,
    failure,
    again: again.status,
    code: exitCode(reports.summary()),
    begun: types.has("job-started") && types.has("job-ended"),
    powered: board.powered,
  }),
)

// Nothing of this may compile: the types are there and are not `any`.
export const wrong = () => {
  // @ts-expect-error: a lab is needed
  dispatch({ value: job }, {})
  // @ts-expect-error: no such status
  if (status === "finished") return
  // @ts-expect-error: an event has a type
  reports.event({})
  // @ts-expect-error: the greeting is a text
  greeter.boot?.minimal?.({}, { parameters: { greeting: 1 } }, {})
}
