import { once } from "node:events"
import { existsSync, readdirSync } from "node:fs"
import { readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { describe, expect, it } from "vitest"
import { testOf } from "../actions/run-on-board.ts"
import { casesOf, makeHost, serveHttps, startJob } from "./host.ts"

const job = [
  { deploy: { to: "self-reboot" } },
  { boot: { method: "self-reboot" } },
  testOf(["lava-test-case one --result pass"], "first"),
]

/** The client's phases for this job, but for the tests that run. */
const phases = ["accept", "install", "reboot", "stage", "gather", "send", "restore", "clean"]

/** A line of the client's configuration by which it is killed once before and once after it writes down each phase. */
const killedAtEach = (directory: string): string => {
  const killed = (edge: string) =>
    `[ "\${3-}" = started ] || [ -e ${directory}/${edge}-$1 ] || { : >${directory}/${edge}-$1; kill -9 $$; sleep 9; }`
  return `phase() { ${killed("before")}; keep phase "$*"; ${killed("after")}; }`
}

describe("a power cut", () => {
  it("just before and just after each phase is written down: the job goes on", async () => {
    const host = await makeHost()
    await serveHttps(host)
    await host.configure(killedAtEach(host.directory))
    const dispatched = await startJob(host, job)
    let cuts = 0
    const cutAgain = async (over: { yet: boolean }) => {
      while (!over.yet) {
        const client = host.start()
        await once(client, "exit")
        const made = readdirSync(host.directory).filter((name) => /^(before|after)-/.test(name))
        if (made.length > cuts) await host.cut(client)
        cuts = made.length
      }
    }
    const over = { yet: false }
    const cutting = cutAgain(over)
    const result = await dispatched.result
    expect(result.error).toBeUndefined()
    expect(casesOf(result)).toEqual(["0_first one pass", "lava 0_first pass"])
    while (host.state() !== "available") await sleep(20)
    over.yet = true
    await cutting
    // The client has cleaned up: there is no phase to write down any more.
    expect(cuts).toBe(2 * phases.length)
    expect(host.work("phase")).toBe("")
  }, 60_000)
})

describe("a host that goes down while it runs the tests", () => {
  it("says so, with what the tests said until then", async () => {
    const host = await makeHost()
    await serveHttps(host)
    const dispatched = await startJob(host, [
      testOf(["lava-test-case before --result pass", "sleep 100"], "first"),
    ])
    while (
      !/TEST_CASE_ID=before .*\n/.test(await textOf(join(host.directory, "work/results/console-0")))
    ) {
      if (host.work("phase") === "") host.start()
      await sleep(300)
    }
    await host.cut(host.start())
    const result = await host.serving(dispatched.result)
    expect(result.error).toMatchObject({
      _tag: "TestError",
      message: "sut-01: the host went down while it ran the tests",
    })
    const failed = ["lava 0_first fail", "lava lava-test-shell fail", "lava self-reboot-test fail"]
    expect(casesOf(result)).toEqual(["0_first before pass", ...failed])
  }, 60_000)
})

describe("a client that is killed", () => {
  it("leaves the tests running, and the next one takes them over", async () => {
    const host = await makeHost()
    await serveHttps(host)
    const go = join(host.directory, "go")
    const dispatched = await startJob(host, [
      testOf([`while [ ! -e ${go} ]; do sleep 0.2; done`, "lava-test-case after --result pass"]),
    ])
    while (!existsSync(join(host.directory, "work/run.0.pid"))) {
      if (host.work("phase") === "") host.start()
      await sleep(300)
    }
    for (const client of host.running()) client.kill("SIGKILL")
    await writeFile(go, "")
    const result = await host.serving(dispatched.result)
    expect(casesOf(result)).toEqual(["0_inline after pass", "lava 0_inline pass"])
  }, 60_000)
})

const textOf = (path: string): Promise<string> => readFile(path, "utf8").catch(() => "")
