import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import type { BoardScriptInput } from "../../src/board/script.ts"
import { dispatch, type JobEvent, type JobResult, loadLab } from "../../src/index.ts"
import { boardLab } from "../cli/board-lab.ts"

/** What a test says of the lab, beside the board. */
export interface LabChanges {
  /** Further keys of the device, over those of a scripted board. */
  readonly device?: object
  /** The device type, where it is not `generic`. */
  readonly type?: object
}

/** A job on a scripted board, and what came of it. */
export interface BoardRun extends JobResult {
  readonly events: ReadonlyArray<JobEvent>
  /** How the board was switched: "on" and "off". */
  readonly switched: ReadonlyArray<string>
  /** What was typed on the console, a line each. */
  readonly typed: ReadonlyArray<string>
  /** The messages of the job's log of this level. */
  readonly messages: (level: string) => ReadonlyArray<string>
}

/** Runs a job of these actions on a scripted board. */
export const runOnBoard = async (
  script: string | BoardScriptInput,
  job: { readonly actions: ReadonlyArray<object> } & Readonly<Record<string, unknown>>,
  { device, type }: LabChanges = {},
): Promise<BoardRun> => {
  const { directory, switched } = await boardLab({ script })
  const file = join(directory, "lab.json")
  if (device || type) {
    const lab = JSON.parse(readFileSync(file, "utf8"))
    const entry = { ...lab.devices["board-01"], ...(type && { device_type: "special" }), ...device }
    writeFileSync(file, JSON.stringify({ devices: { "board-01": entry } }))
  }
  if (type) {
    mkdirSync(join(directory, "device-types"))
    writeFileSync(join(directory, "device-types/special.json"), JSON.stringify(type))
  }
  const lab = await loadLab(file)
  const definition = {
    job_name: "a test",
    device: "board-01",
    visibility: "public",
    timeouts: { job: { minutes: 2 }, action: { minutes: 1 } },
    ...job,
  }
  const events: Array<JobEvent> = []
  const run = dispatch({ value: definition }, { lab, onEvent: (event) => void events.push(event) })
  return {
    ...(await run.result),
    events,
    switched: switched(),
    typed: events.flatMap((event) =>
      event.type === "console" && event.direction === "input" ? [event.line] : [],
    ),
    messages: (level) =>
      events.flatMap((event) =>
        event.type === "log" && event.level === level ? [event.message] : [],
      ),
  }
}

/** A boot block that logs in on the board of the script `login-shell`, with further keys. */
export const loginBoot = (keys: object = {}) => ({
  boot: {
    method: "minimal",
    prompts: ["root@board:~# "],
    auto_login: {
      login_prompt: "login:",
      username: "root",
      password_prompt: "Password:",
      password: "lab-dispatch",
    },
    ...keys,
  },
})

/** The test cases of a run with their results, in order. */
export const casesOf = ({ cases }: BoardRun): ReadonlyArray<string> =>
  cases.flatMap((each) =>
    each.suite === "lava" ? [] : [`${each.suite} ${each.case} ${each.result}`],
  )

/** A test block with one inline definition of these steps. */
export const testOf = (steps: ReadonlyArray<string>, name = "inline", block: object = {}) => ({
  test: {
    definitions: [
      {
        from: "inline",
        name,
        path: `inline/${name}.yaml`,
        repository: {
          metadata: { format: "Lava-Test Test Definition 1.0", name },
          run: { steps },
        },
      },
    ],
    ...block,
  },
})

/** A device type for boards of the script `u-boot-login-shell`: what it says of its U-Boot, and further parameters. */
export const uBootType = (u_boot: object, parameters: object = {}) => {
  const artifact = { url: "file:///nowhere" }
  return {
    plugin: "master-initrd",
    parameters: {
      master: { kernel: artifact, initrd: artifact, prompt: "master# $" },
      disk: "/dev/sda",
      ...parameters,
      u_boot: { interrupt_prompt: "stop autoboot", ...u_boot },
    },
  }
}
