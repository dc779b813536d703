import { existsSync, readdirSync, readFileSync } from "node:fs"
import { readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { execa } from "execa"
import { describe, expect, it } from "vitest"
import { parseSettings } from "../../src/core/spool/settings-lines.ts"
import { testOf } from "../actions/run-on-board.ts"
import { casesOf, type Host, makeHost, serveHttps, startJob } from "./host.ts"

const cli = join(import.meta.dirname, "../../src/cli.ts")
const job = [
  { deploy: { to: "self-reboot" } },
  testOf(["lava-test-case one --result pass --measurement 3 --units s"], "first"),
]

/** Runs `dispatch JOB --id again`, as its owner. */
const dispatchAgain = async ({ directory, spool }: Host) => {
  const parameters = { spool: join(spool.directory, ".."), owner: "alice", poll_seconds: 0.1 }
  const lab = { devices: { "sut-01": { device_type: "self-reboot", parameters } } }
  const definition = {
    job_name: "a job that outlives its dispatcher",
    device: "sut-01",
    visibility: "public",
    timeouts: { job: { days: 30 } },
    context: { lava_test_results_dir: `${directory}/lava-%s` },
    actions: job,
  }
  await writeFile(join(directory, "lab.json"), JSON.stringify(lab))
  await writeFile(join(directory, "job.json"), JSON.stringify(definition))
  const files = [join(directory, "job.json"), "--lab", join(directory, "lab.json")]
  const options = ["--id", "again", "--submitter", "alice", "-o", join(directory, "out")]
  const child = execa(process.execPath, [cli, ...files, ...options], { reject: false, all: true })
  return { ended: child.then((ended) => ended), kill: (signal: "SIGKILL") => child.kill(signal) }
}

/** What the host is told. */
const directions = ({ spool }: Host) => {
  const file = spool.path("config/directions")
  return parseSettings(existsSync(file) ? readFileSync(file, "utf8") : "")
}

const resultsOf = async ({ directory }: Host) =>
  JSON.parse(await readFile(join(directory, "out/results.json"), "utf8")) as ReadonlyArray<object>

describe("a dispatcher", () => {
  it("that is killed goes on with the job when it is started again, wherever the job is", async () => {
    const host = await makeHost()
    await serveHttps(host)

    const first = await dispatchAgain(host)
    while (directions(host).get("current") !== "again") await sleep(20)
    first.kill("SIGKILL")
    await first.ended
    // Nobody waits for it; the host does it all the same, and its results stay where they are.
    await host.run()
    await host.run()
    expect(host.state()).toMatch(/^done again$/)
    const second = await (await dispatchAgain(host)).ended
    expect(second.all).toContain("the job again is in the spool of sut-01 already: it goes on")
    expect(second.exitCode).toBe(0)
    expect(await resultsOf(host)).toContainEqual(
      expect.objectContaining({ case: "one", result: "pass", measurement: 3 }),
    )
  }, 60_000)

  it("that collects results after the host is free finds them; the next job throws them away", async () => {
    const host = await makeHost()
    await serveHttps(host)
    const first = await startJob(host, job, { id: "first" })
    await host.serving(first.result)
    const again = await startJob(host, job, { id: "first" })
    expect(casesOf(await again.result)).toEqual(["0_first one pass", "lava 0_first pass"])
    expect(existsSync(host.spool.path("results/first"))).toBe(true)
    const next = await startJob(host, job, { id: "next" })
    await host.serving(next.result)
    expect(existsSync(host.spool.path("results/first"))).toBe(false)
  }, 60_000)

  it("that is canceled while it writes the job into the spool leaves nothing of it there", async () => {
    const host = await makeHost()
    const run = await startJob(host, job, { id: "draft" })
    const queue = host.spool.path("queue")
    while (!existsSync(join(queue, ".draft"))) await new Promise((next) => setImmediate(next))
    run.cancel()
    expect(await run.result).toMatchObject({ status: "canceled" })
    expect(readdirSync(queue)).toEqual([])
  })

  it("is waited for by the host, however long its server is away", async () => {
    const host = await makeHost()
    const { server } = await serveHttps(host)
    const go = join(host.directory, "go")
    const waits = testOf([
      `while [ ! -e ${go} ]; do sleep 0.2; done`,
      "lava-test-case x --result pass",
    ])
    const { result } = await startJob(host, [waits])
    while (host.work("phase") !== "stage 0 started") {
      if (host.running().length === 0) host.start()
      await sleep(50)
    }
    await server.close()
    await writeFile(go, "")
    while (host.work("phase") !== "send") await sleep(50)
    for (let tries = 0; tries < 3; tries++) await host.run()
    expect(host.work("phase")).toBe("send")
    expect(host.work("log")).toContain("wait: the spool cannot be reached")
    await serveHttps(host, { port: server.port })
    expect(casesOf(await host.serving(result))).toEqual(["0_inline x pass", "lava 0_inline pass"])
  }, 60_000)
})
