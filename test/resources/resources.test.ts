import { mkdirSync } from "node:fs"
import { join } from "node:path"
import { expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { type Board, loadBoardScript } from "../../src/board/board.ts"
import type { BoardScriptInput } from "../../src/board/script.ts"
import { deviceEntry } from "../../src/testing.ts"
import { readyMade, start } from "../board/boards.ts"
import { whenConnected } from "../board/when-connected.ts"
import { job } from "../cli/board-lab.ts"
import { directoryWith, start as startProgram } from "../cli/command.ts"
import { type Sshd, sshd } from "../core/ssh/sshd.ts"
import type { Task, Told } from "./run-jobs.ts"

/** Boards whose jobs end in each way. */
const scripts = async (): Promise<Readonly<Record<string, BoardScriptInput>>> => {
  const { states, ...rest } = await loadBoardScript(readyMade("instant-runner"))
  // It has a wget, of a kind: the HTTP server is needed, too.
  const telling = states["telling-shell"]!
  const commands = telling.commands?.filter((rule) => !rule.match.includes("wget"))
  const instant = { ...rest, states: { ...states, "telling-shell": { ...telling, commands } } }
  /** What it does when its tests are started. */
  const testing = (steps: BoardScriptInput["on_power"]): BoardScriptInput => {
    const its = commands?.map((rule) =>
      rule.match.includes("lava-test-runner") ? { ...rule, do: steps } : rule,
    )
    return { ...rest, states: { ...states, "telling-shell": { ...telling, commands: its } } }
  }
  return {
    pass: instant,
    fail: testing([{ print: "Kernel panic - not syncing: no init\n---[ end Kernel panic\n" }]),
    cancel: testing([{ hang: true }]),
    timeout: testing([{ hang: true }]),
  }
}

/** Ways to the console of a board on a TCP port, or on a port of its own kind. */
const consoles = ["tcp", "telnet", "serial", "command", "ssh"] as const

const startOn = (way: (typeof consoles)[number], script: BoardScriptInput): Promise<Board> => {
  const listen =
    way === "serial" ? { pty: true as const } : way === "telnet" ? { telnet: 0 } : { tcp: 0 }
  return start(script, { listen, control: 0 })
}

const consoleOf = (way: (typeof consoles)[number], board: Board, server: Sshd): object => {
  if (board.console.protocol === "pty" || way === "telnet" || way === "tcp")
    return deviceEntry(board).console
  const { port } = board.console
  const command = ["socat", "-", `TCP:127.0.0.1:${port}`]
  return way === "ssh" ? { ssh: server.settings({ command: command.join(" ") }) } : { command }
}

const powerOf = (board: Board): object => {
  const power = deviceEntry(board).power!
  if (board.console.protocol === "pty") return power
  return { ...power, on: whenConnected(board.console.port, power.on) }
}

it.live(
  "gives all back, in whatever way twenty jobs end on whatever console, and again",
  () =>
    Effect.gen(function* () {
      const server = yield* sshd("MaxStartups 100")
      const told = yield* Effect.promise(async () => {
        const devices: Record<string, object> = {}
        const tasks: Array<Task> = []
        for (const [ending, script] of Object.entries(await scripts())) {
          for (const way of consoles) {
            const board = await startOn(way, script)
            const device = `${ending}-${way}`
            const console = consoleOf(way, board, server)
            devices[device] = { device_type: "generic", console, power: powerOf(board) }
            const [boot, test] = job.actions
            const tests = {
              ...test?.test,
              ...(ending === "timeout" && { timeout: { seconds: 2 } }),
            }
            const value = { ...job, actions: [boot, { test: tests }] }
            tasks.push({ device, job: value, cancel: ending === "cancel" })
          }
        }
        const cwd = directoryWith({ "lab.json": { devices }, "tasks.json": tasks })
        const temporary = join(cwd, "tmp")
        mkdirSync(temporary)
        const env = { TMPDIR: temporary, XDG_CACHE_HOME: join(cwd, "cache") }
        const program = join(import.meta.dirname, "run-jobs.ts")
        const { ended } = startProgram(process.execPath, [program, "lab.json", "tasks.json"], {
          cwd,
          env,
        })
        const { code, stdout, stderr } = await ended
        expect({ code, stderr }).toEqual({ code: 0, stderr: "" })
        return JSON.parse(stdout) as Told
      })
      const status = {
        pass: "complete",
        fail: "incomplete",
        cancel: "canceled",
        timeout: "incomplete",
      }
      for (const { statuses, held } of told.rounds) {
        expect(statuses).toEqual(
          Object.fromEntries(
            Object.entries(status).flatMap(([ending, status]) =>
              consoles.map((way) => [`${ending}-${way}`, status]),
            ),
          ),
        )
        // The directory of this user's dispatchers stays, empty.
        expect({ ...held, temporary: [] }).toEqual(told.before)
        expect(held.temporary.filter((path) => !/^lab-dispatch-\d+(\/jobs)?$/.test(path))).toEqual(
          [],
        )
      }
    }),
  60_000,
)
