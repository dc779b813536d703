import { once } from "node:events"
import { existsSync } from "node:fs"
import { readdir, readFile, rename, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import * as Effect from "effect/Effect"
import { execa } from "execa"
import { beforeAll, describe, expect, it } from "vitest"
import { testOf } from "../actions/run-on-board.ts"
import { type DeviceShell, deviceShells, useDirectory } from "../core/testshell/device.ts"
import { casesOf, type Host, makeHost, serveHttps, serveRsync, startJob } from "./host.ts"

const directory = useDirectory()
let shells: ReadonlyArray<DeviceShell> = []
beforeAll(async () => {
  shells = await deviceShells(directory.path)
})

it("shellcheck has nothing to say about the client", async () => {
  expect((await execa("shellcheck", ["-s", "sh", "sut/lab-dispatch-client"])).stdout).toBe("")
})

const deploy = { deploy: { to: "self-reboot" } }
const boot = { boot: { method: "self-reboot" } }
const one = testOf(["lava-test-case one --result pass --measurement 4.20 --units s"], "first")

/** Waits until something holds. */
const until = async (holds: () => boolean): Promise<void> => {
  for (const end = Date.now() + 15_000; !holds(); await sleep(20)) {
    if (Date.now() > end) throw new Error("it did not come to pass within 15 s")
  }
}

/** Expects that the client has removed all of the job but what it must remember. */
const expectNothingLeft = async (host: Host) => {
  const left = (await readdir(join(host.directory, "work"))).filter((name) => name !== "clients")
  const known = new Set(["authorization", "directions", "last", "log", "state", "wgetrc"])
  expect(left.filter((name) => !known.has(name))).toEqual([])
  expect(await readdir(join(host.directory, "work/clients"))).toEqual([])
  expect((await readdir(host.directory)).filter((name) => name.startsWith("lava-"))).toEqual([])
  expect(existsSync(host.spool.path("current"))).toBe(false)
}

describe("a job for a host that fetches it", { timeout: 60_000 }, () => {
  it.each([
    ["HTTPS with curl", "dash", serveHttps, ["transport=curl"]],
    ["HTTPS with wget", "bash", serveHttps, ["transport=wget"]],
    ["rsync over ssh", "bash as sh", serveRsync, []],
    ["rsync over ssh", "busybox", serveRsync, []],
  ])("runs by %s in %s, and its results come back", async (_, name, serve, lines) => {
    const shell = shells.find((each) => each.name === name)
    const host = await makeHost(shell)
    await serve(host)
    await host.configure(...lines)
    const job = await startJob(host, [
      deploy,
      boot,
      one,
      testOf(["lava-test-case two --result fail", "uname -r"], "second"),
    ])
    const result = await host.serving(job.result)
    expect(result.error).toBeUndefined()
    expect(casesOf(result)).toEqual([
      "0_first one pass",
      "lava 0_first pass",
      "1_second two fail",
      "lava 1_second pass",
    ])
    expect(result.cases[0]).toMatchObject({ measurement: "4.20", units: "s" })
    expect(await readFile(join(host.directory, "reboots"), "utf8")).toBe("\n")
    const messages = job.events.flatMap((event) => (event.type === "log" ? [event.message] : []))
    expect(messages.join("\n")).toMatch(/sut-01 ran .+ with the kernel .+, rebooted for the job/)
    expect(await readFile(join(host.directory, "sut-01-packages.txt"), "utf8")).toMatch(
      /dpkg|no package/,
    )
    expect(await readFile(join(host.directory, "sut-01-os-release.txt"), "utf8")).toContain("NAME=")
    await host.run()
    expect(host.state()).toBe("available")
    await expectNothingLeft(host)
  })
})

describe("who may use a host", { timeout: 60_000 }, () => {
  it("is its owner alone: the dispatcher refuses all others at once", async () => {
    const host = await makeHost()
    const { result } = await startJob(host, [one], { submitter: "mallory" })
    expect((await result).error).toMatchObject({
      _tag: "ConfigurationError",
      message: expect.stringContaining("sut-01 takes no jobs of mallory: it takes those of alice"),
    })
    expect(existsSync(host.spool.directory)).toBe(false)
  })

  it("is what the host itself says, whatever the lab allows", async () => {
    const host = await makeHost()
    await serveHttps(host)
    const device = { allow: ["bob"] }
    const refused = await startJob(host, [deploy, one], { submitter: "bob", device })
    expect((await host.serving(refused.result)).error).toMatchObject({
      _tag: "JobError",
      message: "sut-01: sut-01 takes jobs of alice, not of bob",
    })
    await host.configure("allow='carol bob'")
    const allowed = await startJob(host, [one], { submitter: "bob", device })
    expect(casesOf(await host.serving(allowed.result))).toEqual([
      "0_first one pass",
      "lava 0_first pass",
    ])
  })

  it.each(["curl", "wget"])("a server with another key gets nothing from %s", async (transport) => {
    const host = await makeHost()
    const { answers } = await serveHttps(host, { pin: `sha256//${"A".repeat(43)}=` })
    await host.configure(`transport=${transport}`)
    expect(await host.run()).toBe(0)
    expect(answers).toEqual([])
    expect(host.work("log")).toMatch(/public key does not match pinned public key/i)
  })
})

describe("the spool's server", () => {
  it("gives a host nothing but what is its own", async () => {
    const host = await makeHost()
    const { server } = await serveHttps(host)
    const token = await Effect.runPromise(host.spool.token)
    const status = async (path: string, ...words: ReadonlyArray<string>) => {
      const url = `https://127.0.0.1:${server.port}${path}`
      const answer = ["-sk", "--path-as-is", "-o", "/dev/null", "-w", "%{http_code}"]
      return (await execa("curl", [...answer, ...words, url])).stdout
    }
    const known = ["-H", `Authorization: Bearer ${token}`]
    await writeFile(join(host.directory, "secret"), "secret")
    expect(await status("/sut-01/config/directions")).toBe("401")
    expect(await status("/sut-02/config/directions", ...known)).toBe("401")
    expect(await status("/sut-01/config/directions", ...known)).toBe("200")
    expect(await status("/sut-01/token", ...known)).toBe("404")
    expect(await status("/sut-01/config/../token", ...known)).toBe("404")
    expect(await status("/sut-01/config/..%2ftoken", ...known)).toBe("404")
    const send = [...known, "--data-binary", "x"]
    expect(await status("/sut-01/config/directions", ...send)).toBe("404")
    expect(await status("/sut-01/results/another/status", ...send)).toBe("409")
    expect(await status("/sut-01/state", ...send)).toBe("204")
    expect(await status("/sut-01/state", ...known, "-X", "DELETE")).toBe("405")
  })
})

describe("a job", { timeout: 60_000 }, () => {
  it("that is half copied is not run, and is when it is whole", async () => {
    const host = await makeHost()
    await serveHttps(host)
    const job = await startJob(host, [one])
    const part = (name: string) => host.spool.path("current", name)
    await until(() => existsSync(part("ready")))
    await rename(part("ready"), join(host.directory, "ready"))
    await host.run()
    expect(host.work("phase")).toBe("")
    await rename(join(host.directory, "ready"), part("ready"))
    const overlay = await readFile(part("overlay.tar.gz"))
    await writeFile(part("overlay.tar.gz"), overlay.subarray(0, 1000))
    await host.run()
    expect(host.work("phase")).toBe("")
    expect(host.work("log")).toContain("is not whole yet")
    await writeFile(part("overlay.tar.gz"), overlay)
    expect(casesOf(await host.serving(job.result))).toContain("0_first one pass")
  })

  it("is run once by clients that are started together", async () => {
    const host = await makeHost()
    await serveHttps(host)
    const file = join(host.directory, "runs")
    const job = await startJob(host, [testOf([`echo >> ${file}`, "sleep 2"])])
    await until(() => existsSync(host.spool.path("current/ready")))
    const clients = Array.from({ length: 6 }, () => host.run())
    expect(await Promise.all(clients)).toEqual([0, 0, 0, 0, 0, 0])
    await host.serving(job.result)
    expect(await readFile(file, "utf8")).toBe("\n")
  })

  it("waits for its turn, in order, and for a host in maintenance", async () => {
    const host = await makeHost()
    await serveHttps(host)
    const order = join(host.directory, "order")
    const jobs = []
    for (const id of ["first", "second", "third"]) {
      const job = await startJob(host, [testOf([`echo ${id} >> ${order}`])], { id })
      const placed = /^sut-01: (the job waits for its turn behind first; )?(its state is|it was)/
      await until(() => job.events.some((each) => each.type === "log" && placed.test(each.message)))
      jobs.push(job)
    }
    const known = { current: "first", queued: ["second", "third"] }
    expect(await Effect.runPromise(host.spool.jobs)).toEqual(known)
    await host.run("maint")
    expect(host.state()).toBe("maint")
    await host.run()
    expect(await Effect.runPromise(host.spool.jobs)).toEqual(known)
    jobs[0]?.cancel()
    await jobs[0]?.result
    await sleep(300)
    const waiting = { current: undefined, queued: ["second", "third"] }
    expect(await Effect.runPromise(host.spool.jobs)).toEqual(waiting)
    await host.run("available")
    await host.serving(Promise.all(jobs.map(({ result }) => result)))
    expect(await readFile(order, "utf8")).toBe("second\nthird\n")
  })

  it("that is canceled ends on the host, too", async () => {
    const host = await makeHost()
    await serveHttps(host)
    const job = await startJob(host, [testOf(["sleep 100"])])
    await until(() => existsSync(host.spool.path("current/ready")))
    const client = host.start()
    await until(() => host.state().startsWith("running"))
    job.cancel()
    expect(await job.result).toMatchObject({ status: "canceled" })
    await once(client, "exit")
    expect(host.state()).toBe("available")
    await expectNothingLeft(host)
  })

  it("that takes too long is ended on the host", async () => {
    const host = await makeHost()
    await serveHttps(host)
    const { test } = testOf(["lava-test-case before --result pass", "sleep 100"], "slow")
    const job = await startJob(host, [deploy, { test: { ...test, timeout: { seconds: 30 } } }])
    const result = await host.serving(job.result)
    expect(result.error).toMatchObject({
      _tag: "TestError",
      message: "sut-01: the tests did not end within 24 s",
    })
    expect(casesOf(result)).toContain("0_slow before pass")
  }, 60_000)
})
