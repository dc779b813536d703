import { spawn } from "node:child_process"
import { once } from "node:events"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { loadBoardScript, startBoard } from "../src/board/board.ts"
import type { LavaJob } from "./lava.ts"

/** Where a scripted board is: TCP ports on 127.0.0.1. */
export interface BoardPorts {
  readonly console: number
  readonly control: number
}

const script = fileURLToPath(new URL("../test/board/scripts/instant-runner.yaml", import.meta.url))

/**
 * Runs boards that do everything at once, in a process of their own, so that what they need is not counted, for as
 * long as `use` takes.
 */
export const withBoards = async <A>(
  count: number,
  use: (boards: ReadonlyArray<BoardPorts>) => Promise<A>,
): Promise<A> => {
  const host = spawn(process.execPath, [import.meta.filename, String(count)], {
    stdio: ["pipe", "pipe", "inherit"],
  })
  try {
    const [line] = (await once(createInterface(host.stdout), "line")) as [string]
    return await use(JSON.parse(line) as ReadonlyArray<BoardPorts>)
  } finally {
    host.stdin.end()
    await once(host, "exit")
  }
}

/** The command that switches a board's power, as a lab has it for its PDU. */
export const powerCommand = ({ control }: BoardPorts, action: "on" | "off" | "reset"): string =>
  `echo ${action} | nc 127.0.0.1 ${control}`

/** A lab file with the boards. */
export const labOf = (boards: ReadonlyArray<BoardPorts>): object => ({
  dispatcher: { address: "127.0.0.1", tftp: { port: 0 } },
  devices: Object.fromEntries(
    boards.map((board, index) => {
      const command = (action: "on" | "off" | "reset") => ["sh", "-c", powerCommand(board, action)]
      return [
        `board-${index}`,
        {
          device_type: "generic",
          console: { tcp: { host: "127.0.0.1", port: board.console } },
          power: { on: command("on"), off: command("off"), reset: command("reset") },
        },
      ]
    }),
  ),
})

/** A job that logs in on a board and runs the ten test cases that it has. */
export const job = {
  job_name: "ten cases",
  device_type: "generic",
  visibility: "public",
  timeouts: { job: { minutes: 5 }, action: { minutes: 1 }, connection: { minutes: 1 } },
  actions: [
    {
      boot: {
        method: "minimal",
        prompts: ["root@board:~# "],
        auto_login: { login_prompt: "login: ", username: "root" },
        timeout: { minutes: 1 },
      },
    },
    {
      test: {
        timeout: { minutes: 1 },
        definitions: [
          {
            from: "inline",
            name: "instant",
            path: "inline/instant.yaml",
            repository: {
              metadata: {
                format: "Lava-Test Test Definition 1.0",
                name: "instant",
                description: "ten cases",
              },
              run: {
                steps: Array.from(
                  { length: 10 },
                  (_, n) => `lava-test-case case-${n + 1} --result pass`,
                ),
              },
            },
          },
        ],
      },
    },
  ],
}

/**
 * The job as LAVA runs it on a board. By "overlay" it packs the tests and leaves it to the system how it comes by
 * them: this board has them.
 */
export const lavaJob = (board: BoardPorts): LavaJob => {
  const deploy = { to: "overlay", os: "debian", timeout: { minutes: 1 } }
  const [boot, test] = job.actions
  const soon = { boot: { ...boot?.boot, timeout: { seconds: 15 } } }
  return {
    job: { ...job, actions: [{ deploy }, soon, test] },
    connect: `socat -,raw,echo=0 TCP:127.0.0.1:${board.console}`,
    power: (action) => `sh -c '${powerCommand(board, action)}'`,
  }
}

const host = async (count: number): Promise<void> => {
  const read = await loadBoardScript(script)
  const boards: Array<BoardPorts> = []
  for (let index = 0; index < count; index++) {
    const board = await startBoard(read, { listen: { tcp: 0 }, control: 0 })
    if (board.console.protocol === "pty" || board.control === undefined) throw new Error("no port")
    boards.push({ console: board.console.port, control: board.control })
  }
  process.stdout.write(`${JSON.stringify(boards)}\n`)
  process.stdin.resume().on("end", () => process.exit())
}

if (import.meta.main) await host(Number(process.argv[2]))
