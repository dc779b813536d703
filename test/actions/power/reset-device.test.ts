import { readFileSync } from "node:fs"
import { join } from "node:path"
import { expect, it } from "vitest"
import type { BoardScriptInput } from "../../../src/board/script.ts"
import { dispatch, type JobEvent, loadLab } from "../../../src/index.ts"
import { boardLab } from "../../cli/board-lab.ts"

/** It asks for a login all the time in its first life, and when it has booted in the next. */
const script: BoardScriptInput = {
  name: "a board that was left running",
  on_power: [{ wait: 0.2 }, { print: "Linux version 6.12.0\n" }, { wait: 1 }, { state: "login" }],
  states: {
    login: { prompt: "board login: ", commands: [{ match: "^root$", do: [{ state: "shell" }] }] },
    shell: { shell: true, prompt: "# " },
  },
  faults: [
    {
      at: { seconds: 0.01 },
      times: 1,
      do: [{ repeat: { times: 1000, do: [{ print: "\nboard login: " }, { wait: 0.02 }] } }],
    },
  ],
}

const job = {
  job_name: "a boot",
  device: "board-01",
  visibility: "public",
  timeouts: { job: { seconds: 15 }, action: { seconds: 10 } },
  actions: [
    {
      boot: {
        method: "minimal",
        prompts: ["# $"],
        auto_login: { login_prompt: "login:", username: "root" },
      },
    },
  ],
}

it("takes nothing for the new life's that the device says until its power is off", async () => {
  const { directory, board } = await boardLab({ script })
  const { devices } = JSON.parse(readFileSync(join(directory, "lab.json"), "utf8"))
  const { power } = devices["board-01"]
  // A switch that takes its time.
  power.off[2] = `sleep 0.5; ${power.off[2]}`
  power.off_seconds = 0.1
  const lab = await loadLab({ devices })
  await board.power("on")
  const events: Array<JobEvent> = []
  const run = dispatch({ value: job }, { lab, onEvent: (event) => void events.push(event) })
  expect(await run.result).toMatchObject({ status: "complete" })
  const lines = events.flatMap((event) => (event.type === "console" ? event.line : []))
  expect(lines.filter((line) => line === "board login: ").length).toBeGreaterThan(2)
  expect(lines.indexOf("root")).toBeGreaterThan(lines.indexOf("Linux version 6.12.0"))
})
