import { readFile, rm, symlink } from "node:fs/promises"
import { join } from "node:path"
import { LabError } from "./error.ts"
import { imageDirectory } from "./images.ts"
import type { Device, SshConsole } from "./lab-file.ts"
import type { Machine } from "./machine.ts"
import { withMonitor } from "./qmp.ts"

/** How the dispatcher reaches the machine's console. */
export async function consoleOf(home: string, machine: Machine): Promise<Device["console"]> {
  if (machine.console === "ssh") return { ssh: await sshConsole(home) }
  const address = await consoleAddress(home)
  if (machine.console === "telnet")
    return { telnet: { host: "127.0.0.1", port: telnetPort(address) } }
  const path = join(home, "console")
  await rm(path, { force: true })
  await symlink(address.replace("pty:", ""), path)
  return { serial: { path, baud: 115_200 } }
}

/** Where QEMU put the machine's console: "pty:/dev/pts/N" or "disconnected:telnet:127.0.0.1:N,server=on". */
async function consoleAddress(home: string): Promise<string> {
  const devices = (await withMonitor(home, ({ execute }) =>
    execute("query-chardev"),
  )) as ReadonlyArray<{
    readonly label: string
    readonly filename: string
  }>
  const console = devices.find(({ label }) => label === "console")
  if (!console) throw new LabError(`the machine in ${home} has no console: unplug it with lab down`)
  return console.filename
}

function telnetPort(address: string): number {
  return Number(/telnet:127\.0\.0\.1:(\d+)/.exec(address)?.[1])
}

/** A login in the virtual machine, by the port that QEMU leads to its ssh server. */
async function sshConsole(home: string): Promise<SshConsole> {
  const image = imageDirectory("vm-amd64")
  const network = await withMonitor(home, ({ execute }) =>
    execute("human-monitor-command", { "command-line": "info usernet" }),
  )
  const [, port] = /HOST_FORWARD\]\s+\d+\s+127\.0\.0\.1\s+(\d+)/.exec(String(network)) ?? []
  return {
    host: "127.0.0.1",
    port: Number(port),
    user: "root",
    identity_file: join(image, "id_ed25519"),
    host_key: (await readFile(join(image, "host_key"), "utf8")).trim(),
  }
}
