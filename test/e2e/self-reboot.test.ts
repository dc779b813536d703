import { mkdtemp, readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { execa } from "execa"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { HostSpool } from "../../src/core/spool/host-spool.ts"
import { casesOf, type Served, serveHttps, startJob, stateOf } from "../sut/host.ts"
import { testOf } from "../actions/run-on-board.ts"
import { type EmulatedLab, startLab } from "./emulated-lab.ts"

const machine = "sut-01"
const root = join(import.meta.dirname, "../..")

let lab: EmulatedLab

beforeAll(async () => {
  lab = await startLab([machine], ["sut-amd64", "kernel-next-amd64"])
}, 1_800_000)

afterAll(() => lab?.stop())

const power = (what: "on" | "off") =>
  execa(join(root, "lab/lab"), [what, machine, "--dir", lab.directory])

/** The machine with a spool of its own, which it reaches as the host of its network. */
const installed = async (serve: (host: Served) => Promise<object>) => {
  const directory = await mkdtemp(join(lab.directory, "sut-"))
  const spool = new HostSpool(join(directory, "spool"), machine)
  const lines = [`host=${machine}`, "owner=alice", "check_seconds=1"]
  const served: { readonly directory?: string } = await serve({
    spool,
    configure: async (...more) => void lines.push(...more),
  })
  await power("off")
  const seenThere = (text: string) =>
    text.replaceAll("127.0.0.1", "10.0.2.2").replaceAll(served?.directory ?? "\0", "/etc")
  await writeFile(join(directory, "client.conf"), seenThere(`${lines.join("\n")}\n`))
  await put("client.conf", "/etc/lab-dispatch/client.conf", directory)
  await put("lab-dispatch-client", "/usr/sbin/lab-dispatch-client", join(root, "sut"))
  if (served?.directory !== undefined) {
    const known = await readFile(join(served.directory, "known_hosts"), "utf8")
    await writeFile(join(directory, "known_hosts"), seenThere(known))
    await put("known_hosts", "/etc/known_hosts", directory)
    await put("me", "/etc/me", served.directory)
  }
  await put(undefined, "/var/lib/lab-dispatch", directory)
  return { directory, spool }
}

/** Puts a file onto the machine's disk, while it is off; without one, removes what a client has kept there. */
const put = async (name: string | undefined, path: string, directory: string): Promise<void> => {
  const disk = `${join(lab.directory, machine, "disk.img")}?offset=1048576`
  const debugfs = (command: string) => execa("debugfs", ["-w", "-R", command, disk])
  if (name === undefined) {
    for (const kept of ["phase", "last", "maint"]) await debugfs(`rm ${path}/${kept}`)
    return
  }
  await debugfs("mkdir /etc/lab-dispatch")
  await debugfs(`rm ${path}`)
  await debugfs(`write ${join(directory, name)} ${path}`)
}

const start = (host: Awaited<ReturnType<typeof installed>>, actions: ReadonlyArray<object>) =>
  startJob(host, actions, { testsDirectory: "/lava-%s" })

const comesTo = async (spool: HostSpool, state: RegExp): Promise<void> => {
  for (const end = Date.now() + 180_000; !state.test(stateOf(spool)); await sleep(20)) {
    if (Date.now() > end) throw new Error(`${state} did not come; it is "${stateOf(spool)}"`)
  }
}

const deployKernel = (name: string) => ({
  deploy: {
    to: "self-reboot",
    kernel: { packages: [{ url: lab.image(`kernel-next-${name}-amd64.deb`) }] },
    timeout: { minutes: 5 },
  },
})
const boot = { boot: { method: "self-reboot", timeout: { minutes: 5 } } }
const kernelIs = (pattern: string) =>
  testOf([`lava-test-case kernel --shell "uname -r | grep ${pattern}"`], "kernel", {
    timeout: { minutes: 3 },
  })

describe("a machine that reboots itself and fetches its work", { timeout: 600_000 }, () => {
  it("boots a kernel once, by HTTPS though its clock is wrong, and goes back to its own", async () => {
    const host = await installed(serveHttps)
    await power("on")
    const first = await start(host, [deployKernel("small"), boot, kernelIs("-v cloud")])
    const result = await first.result
    expect(result.error).toBeUndefined()
    expect(casesOf(result)).toEqual(["0_kernel kernel pass", "lava 0_kernel pass"])
    await comesTo(host.spool, /^available/)
    const second = await start(host, [kernelIs("cloud")])
    expect(casesOf(await second.result)).toEqual(["0_kernel kernel pass", "lava 0_kernel pass"])
  })
})
