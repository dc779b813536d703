import { chmod, readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { withoutTaps } from "../namespaces.ts"
import { type EndedRun, runJob, startJob } from "./dispatch-run.ts"
import { type EmulatedLab, startLab } from "./emulated-lab.ts"
import { readExample } from "./example.ts"
import { expectFailure } from "./outcome.ts"
import { processesOf } from "./nothing-left.ts"

const machines = ["x86-01", "x86-02"] as const
const [machine] = machines

/**
 * Takes root's rights from root, who has the same files all the same; but for setfcap, without which who is called root
 * may be called root in no user namespace. An ordinary user needs no right for that.
 */
const withoutRights =
  process.geteuid?.() === 0
    ? ["setpriv", "--bounding-set=-all,+setfcap", "--inh-caps=-all", "--no-new-privs"]
    : []

/** Ends when the firmware has its address and the name of what it is to boot. */
const firmwareJob = {
  job_name: "the firmware's DHCP",
  device_type: "x86-pxe",
  visibility: "public",
  timeouts: { job: { minutes: 2 } },
  actions: [
    {
      boot: {
        method: "minimal",
        prompts: ["never"],
        failure_message: String.raw`Filename: tftp://\S+/boot\.ipxe`,
        parameters: { "kernel-start-message": "" },
      },
    },
  ],
}
const isolatedFirmware = { ...firmwareJob, network: "isolated" }

/** What the dispatcher's servers had to do with devices, by the job's log. */
const transfersOf = async ({ directory }: EndedRun): Promise<ReadonlyArray<string>> => {
  const log = await readFile(join(directory, "logs.yaml"), "utf8")
  return [...log.matchAll(/"msg": "((?:tftp|http) [^"]*)"/g)].map(([, message = ""]) => message)
}

const expectBootFile = (ended: EndedRun, url: RegExp): void =>
  expectFailure(ended, { exitCode: 1, type: "Job", message: url })

describe.skipIf(withoutTaps !== "")(`isolated jobs${withoutTaps}`, () => {
  let lab: EmulatedLab

  beforeAll(async () => {
    lab = await startLab(machines, ["master-amd64", "installed-amd64"])
  }, 1_800_000)

  afterAll(() => lab?.stop())

  it("run at once with the same addresses, as root and not, and see nothing of each other", async () => {
    const job = await readExample("isolated")
    const runs = await Promise.all([
      startJob({ job, lab, machine: "x86-01" }),
      startJob({ job, lab, machine: "x86-02", through: withoutRights }),
    ])
    const ended = await Promise.all(runs.map((run) => run.ended()))
    for (const each of ended) {
      expect(each.exitCode, each.output).toBe(0)
      expect(each.results.filter(({ result }) => result !== "pass")).toEqual([])
      expect(each.console).toContain("net0: 10.77.0.2/255.255.255.0")
      const transfers = await transfersOf(each)
      expect(transfers.length).toBeGreaterThan(8)
      expect(
        transfers.filter((line) => !/ (to|from) 10\.77\.0\.2:\d+ .*complete$/.test(line)),
      ).toEqual([])
    }
    // All that the device in the segment knows there is its own job's dispatcher.
    const [one, two] = ended.map(
      ({ console }) => /^10\.77\.0\.1 .* ([\da-f:]{17}) /m.exec(console)?.[1],
    )
    expect(one).toBeDefined()
    expect(one).not.toBe(two)
  })

  it("take their boot file from the dispatcher beside a DHCP server that the segment has", async () => {
    const join_ = await beside(lab)
    const proxied = await lab.changed("proxied", (description) => ({
      ...description,
      dispatcher: { ...description.dispatcher, isolated: { dhcp: "proxy" } },
      devices: {
        [machine]: {
          ...description.devices[machine],
          network: { ...(description.devices[machine]?.["network"] as object), ...join_ },
        },
      },
    }))
    const ended = await runJob({ job: isolatedFirmware, lab: proxied, machine })
    expectBootFile(ended, /tftp:\/\/10\.77\.0\.1:\d+\/boot\.ipxe/)
    expect(ended.console).toContain("net0: 10.77.0.150/")
  })

  it("leave nothing when the dispatcher is killed, and the machine to the next job", async () => {
    const { failure_message: _, ...boot } = firmwareJob.actions[0]!.boot
    const job = { ...isolatedFirmware, actions: [{ boot }] }
    const run = await startJob({ job, lab, machine })
    await run.sees(/net0: 10\.77\.0\.2/)
    run.kill("SIGKILL")
    await run.killed
    await expect.poll(() => processesOf(run.temporary), { timeout: 5000 }).toEqual([])
    const next = await runJob({ job: firmwareJob, lab, machine, temporary: run.temporary })
    expectBootFile(next, /tftp:\/\/10\.0\.2\.2:\d+\/boot\.ipxe/)
    expect(next.console).toContain("net0: 10.0.2.15/")
  })

  it("are refused where the lab file does not say how the device gets into a segment", async () => {
    const without = await lab.changed("without", (description) => ({
      ...description,
      devices: { [machine]: { ...description.devices[machine], network: undefined } },
    }))
    expectFailure(await runJob({ job: isolatedFirmware, lab: without, machine }), {
      exitCode: 2,
      type: "Configuration",
      message: /x86-01 cannot be isolated: .* give it a "network" section/,
    })
  })
})

/** Commands by which the machine's segment also gets a host with a DHCP server, as a managed network has one. */
const beside = async (lab: EmulatedLab) => {
  const path = join(lab.directory, "dhcp-server")
  await writeFile(path, dhcpServer)
  await chmod(path, 0o755)
  const command = (action: string, ...words: ReadonlyArray<string>) => {
    const own = lab.description.devices[machine]?.["network"] as Record<
      string,
      ReadonlyArray<string>
    >
    return [path, action, ...words, ...(own[action] ?? [])]
  }
  return { join: command("join", "{PID}"), leave: command("leave") }
}

/** A host in a namespace of its own, its interface on the segment's bridge. */
const dhcpServer = `#!/bin/sh
set -e
pidfile=$0.pid
if [ "$1" = leave ]; then
  shift
  kill "$(cat "$pidfile")" || true
  exec "$@"
fi
segment=$2
shift 2
setsid unshare --net sh -ec '
  until ip link set eth0 up; do sleep 0.1; done
  ip address add 10.77.0.254/24 dev eth0
  ip address add fd00::1/64 dev eth0 nodad
  exec dnsmasq --keep-in-foreground --conf-file=/dev/null --pid-file= --user= --group= --port=0 \\
    --interface=eth0 --dhcp-range=10.77.0.150,10.77.0.150,255.255.255.0 --no-ping --dhcp-leasefile="$0.leases" \\
    --enable-ra --dhcp-range=::,constructor:eth0,ra-only
' "$0" > "$0.log" 2>&1 < /dev/null &
echo $! > "$pidfile"
while [ "$(readlink /proc/$!/ns/net)" = "$(readlink /proc/self/ns/net)" ]; do sleep 0.1; done
nsenter --target "$segment" --net sh -ec '
  ip link add dhcp type veth peer name eth0
  ip link set dhcp master br0 up
  ip link set eth0 netns "$0"
' $!
exec "$@"
`
