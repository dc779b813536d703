import { cp, mkdtemp, readFile } from "node:fs/promises"
import { connect } from "node:net"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { execa } from "execa"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { runJob, startJob } from "./dispatch-run.ts"
import { canListen, type EmulatedLab, startLab } from "./emulated-lab.ts"
import { readExample } from "./example.ts"
import { resultOf } from "./outcome.ts"

const machine = ["vm-ssh-01", "vm-ssh-02"]

let lab: EmulatedLab
let source: Awaited<ReturnType<typeof serveSource>>

beforeAll(async () => {
  lab = await startLab(machine, ["vm-amd64"])
  source = await serveSource(await mkdtemp(join(lab.directory, "git-")))
})

afterAll(async () => {
  source?.daemon.kill()
  await lab?.stop()
})

/** The source of two small packages in a git repository, which the machines can fetch from this one. */
const serveSource = async (base: string) => {
  const directory = join(base, "source")
  await cp(join(import.meta.dirname, "autobuild-source"), directory, { recursive: true })
  const git = (...args: ReadonlyArray<string>) =>
    execa("git", ["-c", "user.name=test", "-c", "user.email=test@example.org", ...args], {
      cwd: directory,
    })
  await git("init", "--quiet", "--initial-branch=main")
  await git("add", ".")
  await git("commit", "--quiet", "-m", "The source of two packages")
  const { stdout: commit } = await git("rev-parse", "HEAD")
  const port = await freePort()
  const daemon = execa(
    "git",
    ["daemon", "--export-all", "--reuseaddr", `--base-path=${base}`, `--port=${port}`, base],
    { reject: false },
  )
  await listens(port)
  return { url: `git://10.0.2.2:${port}/source`, directory, commit, daemon }
}

const freePort = async (): Promise<number> => {
  const port = 10_000 + Math.floor(Math.random() * 20_000)
  return (await canListen("tcp", port)) ? port : freePort()
}

const listens = async (port: number): Promise<void> => {
  for (;;) {
    const up = await new Promise<boolean>((resolve) => {
      const socket = connect(port, "127.0.0.1", () => resolve(true))
      socket.once("error", () => resolve(false)).unref()
    })
    if (up) return
    await sleep(50)
  }
}

/** jobs/autobuild.json for this source and these machines, with changes of its text. */
const autobuild = async (change: (text: string) => string = (text) => text): Promise<object> => {
  const text = await readFile(join(import.meta.dirname, "../../jobs/autobuild.json"), "utf8")
  const roles = [
    ["https://example.com/our/source.git", source.url],
    [`"dev2": { "device_type": "vm"`, `"dev2": { "device": "vm-ssh-01"`],
    [`"prod": { "device_type": "vm"`, `"prod": { "device": "vm-ssh-02"`],
  ] as const
  const own = roles.reduce((all, [example, ours]) => {
    expect(all).toContain(example)
    return all.replace(example, ours)
  }, change(text))
  const { $schema: _, ...job } = JSON.parse(own) as { readonly $schema: string }
  return job
}

describe("jobs/multinode.json", () => {
  it("lets the tests of two virtual machines wait for each other and tell each other", async () => {
    const text = JSON.stringify(await readExample("multinode"))
    const [server, client] = machine
    const own = text
      .replace(`"server":{"device_type":"vm"`, `"server":{"device":"${server}"`)
      .replace(`"client":{"device_type":"vm"`, `"client":{"device":"${client}"`)
    const ended = await runJob({ job: JSON.parse(own) as object, lab, machine })
    expect(ended.exitCode, ended.output).toBe(0)
    const cases = ended.results.flatMap(({ node, definition, case: name, result }) =>
      /^\d_/.test(String(definition)) ? [`${String(node)} ${String(name)} ${String(result)}`] : [],
    )
    expect(cases.toSorted()).toEqual([
      "client greeted pass",
      "client multinode-send-seen pass",
      "client multinode-sync-end pass",
      "client multinode-wait-ready pass",
      "server answered pass",
      "server multinode-send-ready pass",
      "server multinode-sync-end pass",
      "server multinode-wait_all-seen pass",
    ])
  })
})

describe("jobs/autobuild.json", () => {
  it("builds a package in one virtual machine, installs it in another and tries it", async () => {
    const ended = await runJob({ job: await autobuild(), lab, machine })
    expect(ended.exitCode, ended.output).toBe(0)
    expect(ended.results.filter(({ result }) => result !== "pass")).toEqual([])
    const cases = ended.results.flatMap(({ node, definition, case: name }) =>
      /^\d_/.test(String(definition)) ? [`${String(node)} ${String(name)}`] : [],
    )
    expect(cases).toEqual([
      "dev2 fetch-source",
      "dev2 build-dev",
      "dev2 install-dev",
      "dev2 build-prod",
      "prod install-prod",
      "prod smoke",
    ])
    const console = await readFile(join(ended.directory, "prod/uart0.log"), "utf8")
    expect(console).toContain(`built from ${source.commit}`)
    expect(ended.output).toMatch(
      /prod transferred autobuild-prod_1\.0_all\.deb, \d+ bytes with sha256 [0-9a-f]{64}, from vm-ssh-01:\S+ to vm-ssh-02:\/root\/in\/autobuild-prod_1\.0_all\.deb/,
    )
  })

  it("ends the other at once when the machine that builds dies, with the reason", async () => {
    const slow = (text: string) => text.replace("cd /root/source", "sleep 100")
    const run = await startJob({ job: await autobuild(slow), lab, machine })
    await run.sees(/dev2 .*0_build\/fetch-source pass/)
    await run.sees(/prod .*await-file/)
    await lab.unplug("vm-ssh-01")
    const ended = await run.ended()
    const [dev2, prod] = ["dev2", "prod"].map((node) =>
      ended.results.find((each) => each["node"] === node && each["case"] === "job"),
    )
    expect(dev2, ended.output).toMatchObject({ result: "fail", error_type: "Infrastructure" })
    expect(prod).toMatchObject({ result: "fail", error_type: "Canceled" })
    expect(prod?.["error_msg"]).toMatch(
      /^ended at once, since dev2 \(vm-ssh-01\) failed, which is essential: the console uart0 .* was lost /,
    )
    expect(resultOf(ended, "lava", "transfer")).toBeUndefined()
    expect(ended.exitCode).toBe(3)
  })

  it("has a source that builds rpm packages as well, here without a machine", async () => {
    const root = join(source.directory, "installed")
    const out = join(source.directory, "out")
    const build = (variant: string) =>
      execa(join(source.directory, "build-package"), [variant, "rpm", out], {
        cwd: source.directory,
        env: { PATH: `${root}/usr/bin:${process.env["PATH"]}` },
      })
    const install = (name: string) =>
      // rpm changes its root, which takes a name space where the tests do not run as root.
      execa(
        "unshare",
        ["-Ur", "rpm", "--root", root, "--nodeps", "-i", join(out, `${name}-1.0.rpm`)],
        { cwd: source.directory },
      )
    await build("dev")
    await install("autobuild-dev")
    await build("prod")
    await install("autobuild-prod")
    const { stdout } = await execa(join(root, "usr/bin/autobuild-greeting"))
    expect(stdout).toBe(`built from ${source.commit}`)
  })
})
