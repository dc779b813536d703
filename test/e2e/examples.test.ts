import { mkdir, readdir } from "node:fs/promises"
import { join } from "node:path"
import { execa } from "execa"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { runJob } from "./dispatch-run.ts"
import { type EmulatedLab, startLab } from "./emulated-lab.ts"
import { readExample } from "./example.ts"
import { expectPass } from "./outcome.ts"

const examples = {
  "highbank-pxe": { machine: "highbank-01", arch: "armhf" },
  "x86-pxe": { machine: "x86-01", arch: "amd64" },
} as const

let lab: EmulatedLab

beforeAll(async () => {
  const images = Object.values(examples).flatMap(({ arch }) =>
    ["master", "rootfs", "kernel"].map((image) => `${image}-${arch}`),
  )
  const machines = Object.values(examples).map(({ machine }) => machine)
  lab = await startLab(machines, ["uboot-highbank", ...images])
}, 1_800_000)

afterAll(() => lab?.stop())

/** The example, by another transfer method than its own perhaps. */
const exampleJob = async (name: string, transfer: string): Promise<object> => {
  const job = await readExample(name)
  const changed = JSON.stringify(job).replace(
    /"transfer_method":"\w+"/,
    `"transfer_method":"${transfer}"`,
  )
  expect(changed).toContain(`"transfer_method":"${transfer}"`)
  return JSON.parse(changed) as object
}

/** The release of the kernel in the lab's package, as `uname -r` says it. */
const releaseIn = async (lab: EmulatedLab, arch: string): Promise<string> => {
  const deb = lab.image(`kernel-${arch}.deb`)
  const { stdout } = await execa("dpkg-deb", ["--field", deb, "Package"])
  return stdout.trim().replace("linux-image-", "")
}

describe.each(["highbank-pxe", "x86-pxe"] as const)("jobs/%s.json", (name) => {
  const { machine, arch } = examples[name]

  it.each(["http", "netcat"])(
    "passes by %s, from a cold cache of artifacts and again from a warm one",
    async (transfer) => {
      const job = await exampleJob(name, transfer)
      const cache = join(lab.directory, `cache-${name}-${transfer}`)
      await mkdir(cache)
      const kept: Array<ReadonlyArray<string>> = []
      for (const warmth of ["cold", "warm"]) {
        const started = Date.now()
        const ended = await runJob({ job, lab, machine, env: { XDG_CACHE_HOME: cache } })
        const seconds = ((Date.now() - started) / 1000).toFixed(0)
        process.stdout.write(`jobs/${name}.json by ${transfer}, ${warmth}: ${seconds} s\n`)
        expectPass(ended)
        expect(ended.console).toContain(`Linux rootfs ${await releaseIn(lab, arch)} `)
        const artifacts = join(cache, "lab-dispatch/artifacts")
        kept.push((await readdir(artifacts, { recursive: true })).toSorted())
      }
      // All that the second run needed was there, and nothing was left beside it.
      expect(kept[0]?.filter((path) => path.startsWith("content/"))).not.toEqual([])
      expect(kept[1]).toEqual(kept[0])
    },
  )
})
