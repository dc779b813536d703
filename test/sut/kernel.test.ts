import { once } from "node:events"
import { existsSync } from "node:fs"
import { mkdir, readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { buildDeb } from "../e2e/build-deb.ts"
import { testOf } from "../actions/run-on-board.ts"
import { casesOf, type Host, makeHost, serveHttps, startJob } from "./host.ts"

const own = "6.1.0-1-own"
const next = "6.1.0-2-next"

/**
 * Has the host's dpkg install into a directory, since it would be this machine's that it changed, and stands in for
 * its boot loader and its reboot: what boots is in a file, and what boots once in another.
 */
const withKernels = async ({ directory, configure }: Host): Promise<void> => {
  const file = (name: string) => join(directory, name)
  await mkdir(file("root/var/lib/dpkg/info"), { recursive: true })
  await mkdir(file("root/var/lib/dpkg/updates"))
  await writeFile(file("root/var/lib/dpkg/status"), "")
  await writeFile(file("running"), `${own}\n`)
  await configure(
    `uname() { cat ${file("running")}; }`,
    `boot_loader() { [ "$1" = keep ] || echo "$2" >${file("once")}; }`,
    "kernel_boot=boot_loader",
    `reboot_system() {
      echo ${own} >${file("running")}
      [ ! -e ${file("once")} ] || mv ${file("once")} ${file("running")}
      "$1"
    }`,
    `reboot_command="reboot_system ${file("reboot")}"`,
    `export DPKG_ROOT=${file("root")} DPKG_FORCE=not-root,script-chrootless`,
  )
}

/** A package with a kernel's file in it; `prerm` is run before it is removed. */
const kernelPackage = async ({ directory }: Host, prerm = "exit 0"): Promise<string> => {
  const tree = join(directory, "linux-image-next")
  await mkdir(join(tree, "DEBIAN"), { recursive: true })
  await mkdir(join(tree, "boot"))
  await writeFile(join(tree, `boot/vmlinuz-${next}`), "a kernel")
  await writeFile(join(tree, "DEBIAN/prerm"), `#!/bin/sh\n${prerm}\n`, { mode: 0o755 })
  return buildDeb(directory, "linux-image-next")
}

const kernelJob = (url: string) => [
  { deploy: { to: "self-reboot", kernel: { packages: [{ url }] } } },
  { boot: { method: "self-reboot" } },
  testOf(["lava-test-case one --result pass"], "first"),
]
const passes = ["0_first one pass", "lava 0_first pass"]

const comesBack = async (host: Host): Promise<void> => {
  while (host.state() !== "available") await host.run()
  expect(await readFile(join(host.directory, "running"), "utf8")).toBe(`${own}\n`)
}

const kernelIn = ({ directory }: Host): boolean =>
  existsSync(join(directory, `root/boot/vmlinuz-${next}`))

describe("a job that brings a kernel", { timeout: 60_000 }, () => {
  it("has it booted once; the host goes back to its own, and removes the job's package", async () => {
    const host = await makeHost()
    await withKernels(host)
    await serveHttps(host)
    const job = await startJob(host, kernelJob(await kernelPackage(host)))
    const result = await host.serving(job.result)
    expect(result.error).toBeUndefined()
    expect(casesOf(result)).toEqual(passes)
    expect(kernelIn(host)).toBe(true)
    await comesBack(host)
    expect(kernelIn(host)).toBe(false)
  })

  it("has another boot of it where the power was cut before the client rebooted", async () => {
    const host = await makeHost()
    await withKernels(host)
    const cut = join(host.directory, "cut")
    await host.configure(
      `phase() {
        [ "$1 $2" != "reboot 2" ] || [ -e ${cut} ] || { mv ${host.directory}/once ${cut}; kill -9 $$; }
        keep phase "$*"
      }`,
    )
    await serveHttps(host)
    const job = await startJob(host, kernelJob(await kernelPackage(host)))
    while (!existsSync(cut)) {
      const client = host.start()
      await once(client, "exit")
      if (existsSync(cut)) await host.cut(client)
    }
    const result = await host.serving(job.result)
    expect(result.error).toBeUndefined()
    expect(casesOf(result)).toEqual(passes)
    await comesBack(host)
  })

  it("fails where the kernel does not come up, and the host says what it falls back to", async () => {
    const host = await makeHost()
    await withKernels(host)
    await host.configure(`boot_loader() { :; }`)
    await serveHttps(host)
    const job = await startJob(host, kernelJob(await kernelPackage(host)))
    expect((await host.serving(job.result)).error).toMatchObject({
      _tag: "JobError",
      message: `sut-01: the kernel ${next} did not come up: the host has fallen back to ${own}`,
    })
    expect(await readFile(join(host.directory, "reboots"), "utf8")).toBe("\n")
    await comesBack(host)
    expect(kernelIn(host)).toBe(false)
  })

  it("whose package does not let itself be removed has the host say so, and be available again", async () => {
    const host = await makeHost()
    await withKernels(host)
    await serveHttps(host)
    const url = await kernelPackage(host, "echo It stays. >&2; exit 1")
    const job = await startJob(host, kernelJob(url))
    expect((await host.serving(job.result)).error).toBeUndefined()
    await comesBack(host)
    expect(host.work("log")).toMatch(/linux-image-next cannot be removed: .*It stays\./)
  })
})
