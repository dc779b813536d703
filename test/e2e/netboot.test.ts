import { mkdtemp, readdir, readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { execa } from "execa"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { armVirtDictionary } from "../devices/dictionaries/arm-virt.ts"
import { type EndedRun, runJob, startJob } from "./dispatch-run.ts"
import { type EmulatedLab, freePort, startLab } from "./emulated-lab.ts"
import { nfsServer } from "./nfs-server.ts"
import { processesOf } from "./nothing-left.ts"
import { expectFailure } from "./outcome.ts"

const machine = "arm-virt-netboot-01"

let lab: EmulatedLab

beforeAll(async () => {
  const images = ["uboot-arm-virt", "master-armhf", "nfs-armhf", "small-armhf"]
  lab = await startLab([machine], images)
}, 1_800_000)

afterAll(() => lab?.stop())

/** What the tests change of the examples. */
interface ExampleJob {
  readonly actions: Array<Record<string, Record<string, unknown>>>
}

/** An example of jobs/. */
const example = async (name: string): Promise<ExampleJob> => {
  const text = await readFile(join(import.meta.dirname, `../../jobs/${name}.json`), "utf8")
  return JSON.parse(text) as ExampleJob
}

/** Expects that all of a job's tests passed, which have these names. */
const expectPasses = ({ exitCode, output, results }: EndedRun, cases: ReadonlyArray<string>) => {
  expect(exitCode, output).toBe(0)
  expect(results.filter(({ result }) => result !== "pass")).toEqual([])
  expect(results.map((each) => each["case"])).toEqual(expect.arrayContaining([...cases]))
}

describe("a board that boots over the network by commands typed to U-Boot", () => {
  it("boots a ramdisk by bootz, and the same as a FIT image by bootm", async () => {
    const ended = await runJob({ job: await example("arm-virt-netboot"), lab, machine })
    expectPasses(ended, ["kernel-runs", "root-is-in-memory"])
    expect(ended.console).toMatch(/bootz 0x42000000 0x48000000:0x[0-9a-f]+ 0x47000000/)
    expect(ended.console).toContain("## Loading ramdisk from FIT Image at 50000000")
  })

  it("boots a uImage, made of the zImage where U-Boot has no bootz, by bootm", async () => {
    const withoutBootz = await lab.changed("bootm", (description) => ({
      ...description,
      devices: {
        [machine]: {
          ...description.devices[machine],
          parameters: { load_addresses: { bootz: null } },
        },
      },
    }))
    const { actions, ...job } = await example("arm-virt-netboot")
    const [{ deploy } = {}, boot, test] = actions
    const ramdisk = { url: "package://master-armhf/initrd.gz", "add-header": "u-boot" }
    const ended = await runJob({
      job: { ...job, actions: [{ deploy: { ...deploy, ramdisk } }, boot, test] },
      lab: withoutBootz,
      machine,
    })
    expectPasses(ended, ["kernel-runs", "root-is-in-memory"])
    expect(ended.console).toContain("bootm 0x42000000 0x48000000 0x47000000")
    expect(ended.console).toContain("## Loading init Ramdisk from Legacy Image at 48000000")
  })
})

describe("a board that a device dictionary of LAVA's describes", () => {
  it("boots a ramdisk by the dictionary's commands, its console by its connect command", async () => {
    const { console, power } = lab.description.devices[machine] as {
      readonly console: { readonly serial: { readonly path: string } }
      readonly power: Readonly<Record<"on" | "off", string | ReadonlyArray<string>>>
    }
    const shown = (command: string | ReadonlyArray<string>) => [command].flat().join(" ")
    const dictionary = armVirtDictionary({
      connections: {
        uart0: { connect: `socat - ${console.serial.path},raw,echo=0`, tags: ["primary"] },
      },
      hard_reset: [shown(power.off), shown(power.on)],
      power_off: [shown(power.off)],
    })
    const file = join(lab.directory, "arm-virt.yaml")
    await writeFile(file, dictionary)
    const { actions, ...job } = await example("arm-virt-netboot")
    const ended = await runJob({
      job: { ...job, actions: actions.slice(0, 3) },
      lab,
      machine,
      options: ["--device", file],
    })
    expectPasses(ended, ["kernel-runs", "root-is-in-memory"])
    expect(ended.console).toContain("bootz 0x42000000 0x48000000 0x47000000")
    expect(ended.console).not.toContain("{TEE")
    expect(await lab.power(machine)).toBe("off")
  })
})

// Only root can give files their owners, and serve them by their handles.
describe.skipIf(process.geteuid?.() !== 0)("a root file system on NFS, as root", () => {
  it("passes its tests, and when its server is gone the job says so at once", async () => {
    const { actions, ...job } = await example("arm-virt-nfs")
    const definition = {
      name: "waits",
      from: "inline",
      path: "waits.yaml",
      repository: {
        metadata: { format: "Lava-Test Test Definition 1.0", name: "waits" },
        run: { steps: ["lava-test-case waiting --result pass", "sleep 60"] },
      },
    }
    const waits = { test: { definitions: [definition], timeout: { minutes: 2 } } }
    const run = await startJob({ job: { ...job, actions: [...actions, waits] }, lab, machine })
    await run.sees(/waiting pass/)
    const { stdout } = await execa("pgrep", ["-f", `ganesha\\.nfsd.*${run.temporary}`])
    process.kill(Number(stdout), "SIGKILL")
    const killed = Date.now()
    const ended = await run.ended()
    expect(Date.now() - killed).toBeLessThan(10_000)
    expectFailure(ended, {
      exitCode: 3,
      type: "Infrastructure",
      message: /the NFS server of the device's root file system is gone: .*SIGKILL/,
    })
    const passed = ended.results.filter(({ result }) => result === "pass")
    const names = passed.map((each) => each["case"])
    const cases = ["root-is-on-nfs", "root-is-writable", "owner", "0_root", "waiting"]
    expect(names).toEqual(expect.arrayContaining(cases))
  })

  it("comes from the NFS server of the lab, where the lab file names one", async () => {
    const directory = join(await mkdtemp(join(lab.directory, "nfs-")), "srv")
    const port = await freePort()
    await nfsServer(directory, port)
    const withServer = await lab.changed("nfs", (description) => ({
      ...description,
      dispatcher: {
        ...description.dispatcher,
        nfs: { directory, export: "/srv/nfs", options: `vers=4.2,port=${port}` },
      },
    }))
    const ended = await runJob({ job: await example("arm-virt-nfs"), lab: withServer, machine })
    expectPasses(ended, ["root-is-on-nfs", "root-is-writable", "owner"])
    expect(ended.console).toMatch(/nfsroot=10\.0\.2\.2:\/srv\/nfs\/[\w.]+\/nfsroot,hard,vers=4\.2/)
    expect(await readdir(directory)).toEqual([])
  })

  it("leaves no server behind where the dispatcher is killed", async () => {
    const options = ["--format", "json"]
    const run = await startJob({ job: await example("arm-virt-nfs"), lab, machine, options })
    await run.sees(/"action-started","level":"[\d.]+","name":"apply-lava-overlay"/)
    run.kill("SIGKILL")
    await run.killed
    await expect.poll(() => processesOf(run.temporary), { timeout: 5000 }).toEqual([])
    // What it left of the root file system, the next job removes.
    await runJob({
      job: { ...(await example("arm-virt-nfs")), actions: [{ command: { name: "power_off" } }] },
      lab,
      machine,
      temporary: run.temporary,
    })
  })
})
