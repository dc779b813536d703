import { execFileSync } from "node:child_process"
import { existsSync, globSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { eventually } from "../core/console/peers.ts"
import { sshd } from "../core/ssh/sshd.ts"
import { directoryWith, dispatch, startDispatch, writeFiles } from "./command.ts"

const smoke = `
metadata: { format: Lava-Test Test Definition 1.0, name: smoke tests }
params: { WORD: hello, OTHER: there }
install: { steps: [echo "install $WORD"] }
run:
  steps:
    - lava-test-case said --shell test "$WORD $OTHER" = "hi there"
    - lava-test-case counted --result pass --measurement 42 --units bottles
    - lava-test-case id --shell test -n "$LAVA_JOB_ID"
`

/** The processes whose environment has this. */
const processesWith = (text: string): ReadonlyArray<string> =>
  globSync("/proc/[0-9]*/environ").filter((file) => {
    try {
      return readFileSync(file, "latin1").includes(text)
    } catch {
      return false
    }
  })

/** What is left of tests in a directory. */
const left = (directory: string) =>
  readdirSync(directory).filter((name) => name.startsWith("lava-"))

const whether = (holds: () => boolean) => Effect.runPromise(eventually(holds))

describe("dispatch test run", () => {
  it("runs a definition on this machine and leaves nothing behind", async () => {
    const cwd = directoryWith({ "smoke.yaml": smoke })
    const TMPDIR = directoryWith()
    const args = ["test", "run", "smoke.yaml", "-p", "WORD=hi", "-o", "out"]
    const { code, stdout, stderr } = await dispatch(args, { cwd, env: { TMPDIR } })
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" })
    expect(stdout).toContain("install hi")
    expect(stdout).toMatch(/said +pass/)
    expect(stdout).toMatch(/counted +pass +42 bottles/)
    expect(readFileSync(join(cwd, "out/results.yaml"), "utf8")).toContain("0_smoke-tests")
    expect(left(TMPDIR)).toEqual([])
  })

  it("fails where a test case does, and leaves the install section out when asked", async () => {
    const cwd = directoryWith({ "smoke.yaml": smoke })
    const { code, stdout } = await dispatch(
      ["test", "run", "smoke.yaml", "--skip-install", "-f", "json"],
      { cwd },
    )
    expect(code).toBe(1)
    expect(stdout).not.toContain("install hello")
    const events = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>)
    expect(events).toContainEqual(
      expect.objectContaining({ type: "result", case: "said", result: "fail" }),
    )
  })

  it("brings the files of the git repository along as they are now, but for what git ignores", async () => {
    const cwd = directoryWith({
      ".gitignore": "ignored\n",
      ignored: "",
      "lib/common.sh": "greet() { echo committed; }\n",
      "tests/smoke.yaml": {
        metadata: { name: "files" },
        run: {
          steps: [
            ". lib/common.sh",
            'lava-test-case changed --shell test "$(greet)" = changed',
            "lava-test-case new --shell test -f new",
            "lava-test-case ignored --shell test ! -e ignored",
            "touch written",
          ],
        },
      },
    })
    const git = (...args: ReadonlyArray<string>) => execFileSync("git", ["-C", cwd, ...args])
    git("init", "-q")
    git("add", ".")
    git("-c", "user.name=t", "-c", "user.email=t@t", "commit", "-qm", "first")
    writeFiles(cwd, { "lib/common.sh": "greet() { echo changed; }\n", new: "" })
    const { code, stdout } = await dispatch(["test", "run", "tests/smoke.yaml"], { cwd })
    expect(stdout).toMatch(/changed +pass[^]*new +pass[^]*ignored +pass/)
    expect(code).toBe(0)
    expect(existsSync(join(cwd, "written"))).toBe(false)
  })

  it.each([
    ["SIGINT", 130],
    ["SIGKILL", "SIGKILL"],
  ] as const)("ends all processes of the test when it gets %s", async (signal, expected) => {
    const cwd = directoryWith({
      "endless.yaml": {
        metadata: { name: "endless" },
        run: {
          steps: [
            "setsid sleep 1000 &",
            "lava-background-process-start noise --cmd 'sleep 1000'",
            "echo id=$LAVA_JOB_ID",
            "sleep 1000",
          ],
        },
      },
    })
    const TMPDIR = directoryWith()
    const running = startDispatch(["test", "run", "endless.yaml"], { cwd, env: { TMPDIR } })
    await running.sees(/id=[0-9a-f]{8}\b/)
    const id = /id=([0-9a-f]{8})/.exec(running.stdout())![1]!
    await whether(() => processesWith(`LAVA_JOB_ID=${id}`).length > 3)
    running.child.kill(signal)
    expect((await running.ended).code).toBe(expected)
    await whether(() => processesWith(`LAVA_JOB_ID=${id}`).length === 0)
    await whether(() => left(TMPDIR).length === 0)
  })

  it.live("runs a definition on another host by ssh and leaves nothing there", () =>
    Effect.gen(function* () {
      const { port, directory: HOME } = yield* sshd()
      const known = readFileSync(join(HOME, "known_hosts"), "utf8")
      const cwd = directoryWith({ "smoke.yaml": smoke })
      writeFiles(HOME, { ".ssh/known_hosts": known })
      const before = left("/tmp")
      const args = ["--on", `127.0.0.1:${port}`, "--identity", join(HOME, "me"), "-p", "WORD=hi"]
      const { code, stdout, stderr } = yield* Effect.promise(() =>
        dispatch(["test", "run", "smoke.yaml", ...args], { cwd, env: { HOME } }),
      )
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" })
      expect(stdout).toMatch(/said +pass/)
      expect(left("/tmp")).toEqual(before)
    }),
  )

  it("names every mistake of a definition with its place", async () => {
    const cwd = directoryWith({
      "bad.yaml": "metadata: { name: bad }\nparams: { 'A B': 1 }\nrun: { steps: true }\n",
    })
    const { code, stderr } = await dispatch(["test", "run", "bad.yaml"], { cwd })
    expect(code).toBe(2)
    expect(stderr).toMatch(/^bad\.yaml:2:11 params/m)
    expect(stderr).toMatch(/^bad\.yaml:3:15 run\.steps: expected/m)
  })

  it.each([
    [["--on", "a b"], "Expected [user@]host[:port]."],
    [["--param", "X"], "Expected NAME=VALUE"],
    [["--repository", "/nowhere"], "x.yaml is not in /nowhere"],
  ])("refuses %s", async (args, message) => {
    const cwd = directoryWith({ "x.yaml": smoke })
    const { code, stderr } = await dispatch(["test", "run", "x.yaml", ...args], { cwd })
    expect(code).toBe(2)
    expect(stderr).toContain(message)
  })
})
