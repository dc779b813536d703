import { existsSync } from "node:fs"
import { mkdtemp, readFile, writeFile } from "node:fs/promises"
import { connect } from "node:net"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { execa } from "execa"
import { afterAll, beforeAll, describe, expect, it, onTestFailed, onTestFinished } from "vitest"
import { off, on, reset } from "../../lab/power.ts"
import { HostSpool } from "../../src/core/spool/host-spool.ts"
import {
  casesOf,
  dispatchTo,
  type Served,
  serveHttps,
  serveRsync,
  startJob,
  stateOf,
} from "../sut/host.ts"
import { testOf } from "../actions/run-on-board.ts"
import { type EmulatedLab, startLab } from "./emulated-lab.ts"
import { readExample } from "./example.ts"
import { processesOf } from "./nothing-left.ts"

const machine = "sut-01"
const root = join(import.meta.dirname, "../..")

let lab: EmulatedLab

beforeAll(async () => {
  lab = await startLab([machine], ["sut-amd64", "kernel-next-amd64"])
}, 1_800_000)

afterAll(() => lab?.stop())

const power = (change: typeof on) => change(lab.directory, machine)

/** The machine with a new disk, and a spool of its own, which it reaches as the host of its network. */
const installed = async (serve: (host: Served) => Promise<object>) => {
  const directory = await mkdtemp(join(lab.directory, "sut-"))
  const spool = new HostSpool(join(directory, "spool"), machine)
  const lines = [`host=${machine}`, "owner=alice", "check_seconds=1"]
  const served: { readonly directory?: string } = await serve({
    spool,
    configure: async (...more) => void lines.push(...more),
  })
  await power(off)
  await execa("cp", ["--sparse=always", lab.image("sut-amd64/disk.img"), disk()])
  const seenThere = (text: string) =>
    text.replaceAll("127.0.0.1", "10.0.2.2").replaceAll(served.directory ?? "\0", "/etc")
  await writeFile(join(directory, "client.conf"), seenThere(`${lines.join("\n")}\n`))
  await debugfs("mkdir /etc/lab-dispatch")
  await put(join(directory, "client.conf"), "/etc/lab-dispatch/client.conf")
  await put(join(root, "sut/lab-dispatch-client"), "/usr/sbin/lab-dispatch-client")
  if (served.directory !== undefined) {
    const known = await readFile(join(served.directory, "known_hosts"), "utf8")
    await writeFile(join(directory, "known_hosts"), seenThere(known))
    await put(join(directory, "known_hosts"), "/etc/known_hosts")
    await put(join(served.directory, "me"), "/etc/me")
  }
  return { directory, spool }
}

const disk = () => join(lab.directory, machine, "disk.img")
const debugfs = (command: string) =>
  execa("debugfs", ["-w", "-R", command, `${disk()}?offset=1048576`])

/** Puts a file onto the machine's disk, while it is off. */
const put = (from: string, path: string) => debugfs(`write ${from} ${path}`)

/** What the machine says on its console from now on. */
const consoleOfMachine = () => {
  const { console } = lab.description.devices[machine] ?? {}
  const { telnet } = console as {
    readonly telnet: { readonly host: string; readonly port: number }
  }
  let text = ""
  const socket = connect(telnet.port, telnet.host).on("data", (data) => (text += data.toString()))
  onTestFailed(() => void process.stderr.write(text.slice(-5000)))
  onTestFinished(() => void socket.destroy())
  return () => text
}

const until = async (what: string, holds: () => boolean | Promise<boolean>): Promise<void> => {
  for (const end = Date.now() + 180_000; !(await holds()); await sleep(20)) {
    if (Date.now() > end) throw new Error(`it did not come to pass that ${what}`)
  }
}

const comesTo = (spool: HostSpool, state: RegExp): Promise<void> =>
  until(`the state is ${state}`, () => state.test(stateOf(spool)))

const deployKernel = (name: string) => ({
  deploy: {
    to: "self-reboot",
    kernel: { packages: [{ url: lab.image(`kernel-next-${name}-amd64.deb`) }] },
    timeout: { minutes: 5 },
  },
})
const boot = { boot: { method: "self-reboot", timeout: { minutes: 5 } } }
const minutes = { timeout: { minutes: 4 } }

/** The machine runs its own kernel, and nothing is there of the one that a job has brought. */
const asBefore = testOf(
  [
    `lava-test-case own-kernel --shell "uname -r | grep cloud"`,
    `lava-test-case no-other --shell "! { dpkg-query -W; ls /boot /lib/modules; } | grep '[0-9]-amd64'"`,
  ],
  "before",
  minutes,
)
const expectAsBefore = async (host: Awaited<ReturnType<typeof installed>>) => {
  const { result } = await startJob(host, [asBefore])
  const cases = ["0_before own-kernel pass", "0_before no-other pass", "lava 0_before pass"]
  expect(casesOf(await result)).toEqual(cases)
}

describe("a machine that reboots itself and fetches its work", { timeout: 600_000 }, () => {
  it("runs jobs/self-reboot.json by HTTPS though its clock is wrong, and falls back from a kernel that panics", async () => {
    const host = await installed(serveHttps)
    const said = consoleOfMachine()
    await power(on)
    const { repositories } = lab.description
    const example = await dispatchTo(host, await readExample("self-reboot"), { repositories })
    const result = await example.result
    expect(result.error).toBeUndefined()
    expect(casesOf(result)).toEqual([
      "0_smoke kernel-release pass",
      "0_smoke up pass",
      "lava 0_smoke pass",
    ])
    const messages = example.events.flatMap((each) => (each.type === "log" ? [each.message] : []))
    expect(messages.join("\n")).toMatch(/with the kernel 6\.1\.0-\d+-amd64, rebooted for the job/)

    const panics = await startJob(host, [deployKernel("panic"), boot, asBefore])
    expect((await panics.result).error).toMatchObject({
      _tag: "JobError",
      message: expect.stringMatching(
        /^sut-01: the kernel \S+ did not come up: the host has fallen back to \S+-cloud-amd64$/,
      ),
    })
    expect(said()).toContain("Kernel panic")
    await expectAsBefore(host)
  })

  it("has its power cut in each state, and goes on by rsync over ssh or says what was interrupted", async () => {
    const host = await installed(serveRsync)
    const { spool } = host
    const said = consoleOfMachine()
    await power(on)
    const steps = [
      `lava-test-case kernel --shell "uname -r | grep -v cloud"`,
      // More than is sent in no time.
      "yes 'The tests say a lot.' | head -n 100000",
      "sync",
      "echo the tests are running >/dev/console",
      "sleep 300",
    ]
    const job = await startJob(host, [deployKernel("small"), boot, testOf(steps, "cut", minutes)], {
      id: "cut",
    })
    // The server of rsync was asked for it, which its environment tells.
    await until(
      "the job is being fetched",
      async () => (await processesOf(" . /current/")).length > 0,
    )
    expect(stateOf(spool)).toBe("pending cut")
    await power(reset)
    await comesTo(spool, /^install cut$/)
    await sleep(2000)
    await power(reset)
    await comesTo(spool, /^install cut reboot$/)
    await power(reset)
    await until("the tests run", () => said().includes("the tests are running"))
    await power(reset)
    await until("results are sent", () => existsSync(spool.path("results/cut")))
    await power(reset)
    expect(existsSync(spool.path("results/cut/ready"))).toBe(false)
    const result = await job.result
    expect(result.error).toMatchObject({
      _tag: "TestError",
      message: "sut-01: the host went down while it ran the tests",
    })
    expect(casesOf(result)).toContain("0_cut kernel pass")
    await comesTo(spool, /^done cut$/)
    await power(reset)
    await comesTo(spool, /^available$/)
    await expectAsBefore(host)
  })
})
