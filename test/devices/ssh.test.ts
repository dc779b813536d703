import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { describe, expect, it, vi } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import { ssh } from "../../src/devices/ssh.ts"
import { dispatch, type JobResult, loadLab } from "../../src/index.ts"
import { conformance, type TrialDevice } from "../../src/testing.ts"
import { testOf } from "../actions/run-on-board.ts"
import { startDispatch, writeFiles, directoryWith } from "../cli/command.ts"
import { eventually } from "../core/console/peers.ts"
import { makeKey, type Sshd, sshd } from "../core/ssh/sshd.ts"

vi.setConfig({ testTimeout: 60_000 })

const job = {
  job_name: "a host that is always on",
  device: "host-01",
  visibility: "public",
  timeouts: { job: { minutes: 2 }, action: { minutes: 1 } },
}
const boot = { boot: { method: "ssh", prompts: ["[#$] $"] } }
const passing = testOf(["lava-test-case here --result pass"])

/** A lab file with the host; what the job leaves is below the server's own directory. */
const labOf = ({ port, settings }: Sshd, keys: object = {}) => {
  const { identity_file, known_hosts } = settings()
  const ssh = { host: "127.0.0.1", port, identity_file, known_hosts, ...keys }
  return { devices: { "host-01": { device_type: "ssh", console: { ssh } } } }
}

const run = async (
  lab: object,
  actions: ReadonlyArray<object>,
  more: object = {},
): Promise<JobResult & { readonly log: ReadonlyArray<string> }> => {
  const log: Array<string> = []
  const { result } = dispatch(
    { value: { ...job, ...more, actions } },
    {
      lab: await loadLab(lab),
      onEvent: (event) => void (event.type === "log" && log.push(event.message)),
    },
  )
  return { ...(await result), log }
}

/** Where the tests of a job are to be on the host. */
const below = (directory: string) => ({
  context: { lava_test_results_dir: join(directory, "lava-%s") },
})
const leftIn = (directory: string) =>
  readdirSync(directory).filter((name) => /^(lava-|file)/.test(name))

describe("a host that is logged in to by ssh", () => {
  it.live("gets files and tests, runs them, and keeps nothing", () =>
    Effect.gen(function* () {
      const server = yield* sshd()
      const { directory } = server
      const source = join(directory, "source")
      writeFileSync(source, "brought\n")
      const file = join(directory, "file it's for")
      const ended = yield* Effect.promise(() =>
        run(
          labOf(server),
          [
            { deploy: { to: "ssh", files: { [file]: { url: `file://${source}` } } } },
            boot,
            testOf([`lava-test-case brought --shell grep brought "${file}"`]),
          ],
          below(directory),
        ),
      )
      expect(ended).toMatchObject({ status: "complete" })
      expect(ended.cases).toContainEqual(
        expect.objectContaining({ case: "brought", result: "pass" }),
      )
      expect(ended.log.filter((line) => /typed over|may be left/.test(line))).toEqual([])
      expect(leftIn(directory)).toEqual([])
      yield* eventually(() => server.sessions().length === 0)
    }),
  )

  it.live("keeps nothing of a test that hangs", () =>
    Effect.gen(function* () {
      const server = yield* sshd()
      const ended = yield* Effect.promise(() =>
        run(
          labOf(server),
          [boot, testOf(["sleep 1000"], "hangs", { timeout: { seconds: 3 } })],
          below(server.directory),
        ),
      )
      expect(ended.error).toMatchObject({ _tag: "TestError" })
      expect(leftIn(server.directory)).toEqual([])
      yield* eventually(() => server.sessions().length === 0)
    }),
  )

  it.live("keeps nothing of a dispatcher that is killed", () =>
    Effect.gen(function* () {
      const server = yield* sshd()
      const { directory } = server
      const value = { ...job, ...below(directory), actions: [boot, testOf(["sleep 1000"])] }
      const cwd = directoryWith()
      writeFiles(cwd, { "lab.json": labOf(server), "job.json": value })
      const running = startDispatch(["job.json"], { cwd })
      yield* Effect.promise(() => running.sees("LAVA_SIGNAL_STARTRUN"))
      expect(leftIn(directory)).toHaveLength(1)
      running.child.kill("SIGKILL")
      yield* eventually(() => leftIn(directory).length === 0)
      yield* eventually(() => server.sessions().length === 0)
    }),
  )

  it.live("says what it left where it could not be removed", () =>
    Effect.gen(function* () {
      const server = yield* sshd()
      const steps = [`kill -9 $(pgrep -f ${server.directory}/sshd_config | head -n 1)`, "sleep 60"]
      const ended = yield* Effect.promise(() =>
        run(
          labOf(server),
          [boot, testOf(steps, "kills", { timeout: { seconds: 5 } })],
          below(server.directory),
        ),
      )
      expect(ended.status).toBe("incomplete")
      expect(ended.log.at(-1) ?? "").toMatch(/free again/)
      expect(ended.log).toContainEqual(
        expect.stringMatching(
          /lava-\w+ may be left on 127\.0\.0\.1: the host at ssh .* cannot be opened: nothing listens there/,
        ),
      )
    }),
  )

  it.live("is named where it is down, refuses the key, or shows another key", () =>
    Effect.gen(function* () {
      const server = yield* sshd()
      const messageOf = async (keys: object) =>
        (await run(labOf(server, keys), [boot, passing])).error?.message
      const other = makeKey(server.directory, "other")
      expect(yield* Effect.promise(() => messageOf({ identity_file: other }))).toMatch(
        /^the console at ssh \S+ cannot be opened: the login of the user \S+ is refused: tried the key \S+other/,
      )
      const known_hosts = undefined
      const host_key = `SHA256:${"A".repeat(43)}`
      expect(yield* Effect.promise(() => messageOf({ known_hosts, host_key }))).toMatch(
        /its host key is not the lab file's: expected SHA256:AAAA/,
      )
      yield* server.end
      expect(yield* Effect.promise(() => messageOf({}))).toMatch(
        /nothing listens there; check that its ssh server runs$/,
      )
    }),
  )

  it.live("says which command on the host failed", () =>
    Effect.gen(function* () {
      const server = yield* sshd()
      const source = join(server.directory, "source")
      writeFileSync(source, "brought\n")
      const files = { [join(source, "below-a-file")]: { url: `file://${source}` } }
      const { error } = yield* Effect.promise(() =>
        run(labOf(server), [{ deploy: { to: "ssh", files } }]),
      )
      expect(error).toMatchObject({
        _tag: "JobError",
        message: expect.stringMatching(
          /^source does not get to 127\.0\.0\.1: "mkdir -p .*" ended there with 1: mkdir: .*(exists|Not a directory)/,
        ),
      })
      expect(existsSync(source) && readFileSync(source, "utf8")).toBe("brought\n")
    }),
  )

  it.live("must be a login", () =>
    Effect.gen(function* () {
      const server = yield* sshd()
      const planned = Effect.promise(() =>
        run(labOf(server, { command: "console board-01" }), [boot]).catch(
          (error: Error) => error.message,
        ),
      )
      expect(yield* planned).toBe(
        'host-01 cannot be logged in to: give its "console" in the lab file an "ssh" without a "command"',
      )
    }),
  )
})

/** A host with an ssh server of its own. */
const startHost = async (): Promise<TrialDevice> => {
  const scope = Scope.makeUnsafe()
  const server = await Effect.runPromise(Scope.provide(sshd(), scope))
  let isStopped = false
  return {
    entry: { console: labOf(server).devices["host-01"].console },
    taken: async () => {
      for (let waited = 0; waited < 200; waited++) {
        // One that hangs does not see that its peers are gone.
        if (isStopped || server.sessions().length === 0) return []
        await sleep(10)
      }
      return ["somebody is still logged in"]
    },
    silence: async () => {
      isStopped = true
      server.stop()
    },
    close: () => Effect.runPromise(Scope.close(scope, Exit.void)),
  }
}

conformance({
  plugin: ssh,
  deviceType: "device-types/ssh.json",
  board: startHost,
  jobs: [{ ...job, job_name: "on a host", actions: [boot, passing] }],
  describe,
  test: it,
})
