import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import type { Board } from "../../src/board/board.ts"
import type { BoardScriptInput } from "../../src/board/script.ts"
import { readyMade, start } from "../board/boards.ts"
import { directoryWith, writeFiles } from "./command.ts"

/** A directory with a lab.json of one scripted board, `board-01`, and further files. */
export interface BoardLab {
  readonly directory: string
  readonly board: Board
  /** How the board was switched so far: "on" and "off". */
  readonly switched: () => ReadonlyArray<string>
}

/** What is to be in the lab. */
export interface BoardLabOptions {
  /** The board's script; one that passes ten tests at once unless given. */
  readonly script?: string | BoardScriptInput
  /** Further keys of the board's `power`. */
  readonly power?: object
  readonly files?: Readonly<Record<string, string | object>>
}

/** Starts a scripted board, and writes a lab file for it; both are gone after the test. */
export const boardLab = async (options: BoardLabOptions = {}): Promise<BoardLab> => {
  const script = options.script ?? readyMade("instant-runner")
  const board = await start(script, { listen: { tcp: 0 }, control: 0 })
  if (board.console.protocol === "pty") throw new Error("a TCP port was asked for")
  const { host, port } = board.console
  const directory = directoryWith()
  const log = join(directory, "power.log")
  const power = (action: string) => [
    "bash",
    "-c",
    `echo ${action} >> ${log}; exec 3<> /dev/tcp/127.0.0.1/${board.control}; echo ${action} >&3; cat <&3`,
  ]
  const entry = {
    device_type: "generic",
    console: { tcp: { host, port } },
    power: { on: power("on"), off: power("off"), off_seconds: 0, ...options.power },
  }
  writeFiles(directory, { "lab.json": { devices: { "board-01": entry } }, ...options.files })
  return {
    directory,
    board,
    switched: () => (existsSync(log) ? readFileSync(log, "utf8").split("\n").filter(Boolean) : []),
  }
}

/** A job for the boards of the ready-made scripts. */
export const job = {
  job_name: "ten instant tests",
  device_type: "generic",
  visibility: "public",
  timeouts: { job: { minutes: 5 }, action: { minutes: 1 } },
  actions: [
    {
      boot: {
        method: "minimal",
        prompts: ["root@board:~# "],
        auto_login: { login_prompt: "login:", username: "root" },
      },
    },
    {
      test: {
        definitions: [
          {
            from: "inline",
            name: "instant",
            path: "inline/instant.yaml",
            repository: {
              metadata: { format: "Lava-Test Test Definition 1.0", name: "instant" },
              run: { steps: ["true"] },
            },
          },
        ],
      },
    },
  ],
}

/** A board that takes power and then says nothing. */
export const silent: BoardScriptInput = { name: "a silent board", on_power: [], states: {} }
