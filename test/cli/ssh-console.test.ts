import { readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { whenConnected } from "../board/when-connected.ts"
import { password, sshd } from "../core/ssh/sshd.ts"
import { boardLab, job } from "./board-lab.ts"
import { dispatch, startDispatch, writeFiles } from "./command.ts"

/** A lab whose board is at a console server: an ssh server of this machine that connects to the board's port. */
const sshLab = Effect.gen(function* () {
  const { port, directory: keys } = yield* sshd()
  const lab = yield* Effect.promise(() => boardLab())
  const { directory } = lab
  const file = join(directory, "lab.json")
  const { devices } = JSON.parse(readFileSync(file, "utf8"))
  const { tcp } = devices["board-01"].console
  const { power } = devices["board-01"]
  power.on = whenConnected(tcp.port, power.on)
  const known = readFileSync(join(keys, "known_hosts"), "utf8")
  devices["board-01"].console = {
    ssh: {
      host: "127.0.0.1",
      port,
      password,
      known_hosts: "known_hosts",
      command: ["socat", "-", `TCP:${tcp.host}:${tcp.port}`],
    },
  }
  const secretive = { ...job, job_name: `a job that says ${password}` }
  writeFiles(directory, { "lab.json": { devices }, known_hosts: known, "job.json": secretive })
  return lab
})

describe("a console that is reached by ssh", () => {
  it.live("runs a job, and its password is in no log", () =>
    Effect.gen(function* () {
      const { directory: cwd, board } = yield* sshLab
      const run = yield* Effect.promise(() =>
        dispatch(["job.json", "-f", "json", "-o", "out"], { cwd }),
      )
      expect(run).toMatchObject({ code: 0, stderr: "" })
      expect(run.stdout).toContain("a job that says [MASKED]")
      expect(run.stdout).not.toContain(password)
      expect(readFileSync(join(cwd, "out/uart0.log"), "utf8")).toContain("root@board:~# ")
      expect(board.powered).toBe(false)
    }),
  )

  it.live("is shown by dispatch console, which types on it", () =>
    Effect.gen(function* () {
      const { directory: cwd } = yield* sshLab
      const watching = startDispatch(["console", "board-01", "--write"], { cwd })
      yield* Effect.promise(async () => {
        await dispatch(["power", "on", "board-01", "--force"], { cwd })
        await watching.sees("login:")
        watching.child.stdin?.write("root\n")
        await watching.sees("root@board:~# ")
      })
      watching.child.kill("SIGINT")
      const { code, stderr } = yield* Effect.promise(() => watching.ended)
      expect(code).toBe(130)
      expect(stderr).toMatch(/typing on ssh \S+@127.0.0.1:\d+, command "socat - TCP:/)
      expect(stderr).not.toContain(password)
    }),
  )
})
