import { type ChildProcess, spawn } from "node:child_process"
import { randomBytes } from "node:crypto"
import { once } from "node:events"
import { afterEach, expect, it, onTestFinished } from "vitest"
import { HttpServer } from "../../../src/core/net/http/server.ts"
import { PublishedFiles } from "../../../src/core/net/published-files.ts"
import { TftpServer } from "../../../src/core/net/tftp/server.ts"
import type { TransferRecord } from "../../../src/core/net/transfer-record.ts"
import { publish } from "./serve.ts"

// Real boot loaders, on QEMU. Debian packages: qemu-system-x86, ipxe-qemu, pxelinux, syslinux-common.

const MAC = "52:54:00:12:34:56"

let machine: ChildProcess | undefined
afterEach(async () => {
  const gone = machine?.exitCode === null ? once(machine, "exit") : undefined
  machine?.kill("SIGKILL")
  await gone
})

/** Switches on a PC whose firmware, iPXE, is told by DHCP to boot from a URL; answers its console. */
const powerOn = (bootfile: string): (() => string) => {
  const network = ["-netdev", `user,id=n0,bootfile=${bootfile}`]
  const card = ["-device", `virtio-net-pci,netdev=n0,mac=${MAC}`]
  const small = ["-M", "pc", "-m", "128", "-nographic", "-boot", "n", "-no-reboot"]
  machine = spawn("qemu-system-x86_64", [...small, ...network, ...card], {
    stdio: ["ignore", "pipe", "pipe"],
  })
  let said = ""
  const listen = (chunk: Buffer) => void (said += chunk.toString("latin1"))
  machine.stdout?.on("data", listen)
  machine.stderr?.on("data", listen)
  machine.on("error", () => (said += "qemu-system-x86_64 is not installed"))
  return () => said
}

/** Files that no firmware can start: what counts is that they arrive. */
const files = {
  vmlinuz: { bytes: randomBytes(300_000) },
  "initrd.img": { bytes: randomBytes(700_000) },
}
const pxe = { kernel: "vmlinuz", initrd: "initrd.img", commandLine: "console=ttyS0 quiet" }

/** A server that is 10.0.2.2 to the machine, and the names of the files that it has sent whole. */
const serve = async (server: typeof TftpServer | typeof HttpServer) => {
  const published = new PublishedFiles()
  const sent: Array<string> = []
  const onTransfer = ({ file, outcome }: TransferRecord) => {
    if (outcome === "complete") sent.push(file.replace(/^\//, ""))
  }
  const address = { bind: "127.0.0.1", port: 0, address: "10.0.2.2" }
  const started = await server.listen({ ...address, files: published, onTransfer })
  onTestFinished(() => started.close())
  return { published, sent, port: started.port }
}

/** Waits until a file has been sent, or says what the machine's console showed. */
const fetched = async (name: string, sent: ReadonlyArray<string>, console: () => string) => {
  await expect
    .poll(() => sent.includes(name), { timeout: 80_000, interval: 100 })
    .toBe(true)
    .catch((cause: unknown) => {
      throw new Error(`${name} was not fetched. The console:\n${console()}`, { cause })
    })
}

it.each([
  ["tftp", TftpServer],
  ["http", HttpServer],
] as const)(
  "iPXE finds its job by its MAC over %s",
  async (scheme, server) => {
    const { published, sent, port } = await serve(server)
    const { path } = await publish(published, { mac: MAC, files, pxe })
    const console = powerOn(`${scheme}://10.0.2.2:${port}/boot.ipxe`)
    await fetched(path("initrd.img"), sent, console)
    const script = "ipxe/52-54-00-12-34-56.ipxe"
    expect(sent).toEqual(["boot.ipxe", script, path("vmlinuz"), path("initrd.img")])
  },
  90_000,
)

it("PXELINUX finds its job by its MAC, on the port that it was loaded from", async () => {
  const { published, sent, port } = await serve(TftpServer)
  const loaders = {
    "pxelinux.0": { path: "/usr/lib/PXELINUX/pxelinux.0" },
    "ldlinux.c32": { path: "/usr/lib/syslinux/modules/bios/ldlinux.c32" },
  }
  const { path } = await publish(published, { mac: MAC, files, pxe, loaders })
  const console = powerOn(`tftp://10.0.2.2:${port}/pxelinux.0`)
  await fetched(path("initrd.img"), sent, console)
  const config = "pxelinux.cfg/01-52-54-00-12-34-56"
  const loading = ["pxelinux.0", "ldlinux.c32", config]
  expect(sent).toEqual([...loading, path("vmlinuz"), path("initrd.img")])
}, 90_000)
