import { execFile } from "node:child_process"
import { constants } from "node:fs"
import { cp, mkdir, open, rm, truncate, writeFile } from "node:fs/promises"
import { join, resolve } from "node:path"
import { promisify } from "node:util"
import { armVirt } from "./arm-virt.ts"
import { consoleOf } from "./console.ts"
import { machineDirectory } from "./directory.ts"
import { LabError } from "./error.ts"
import { highbank } from "./highbank.ts"
import { imageDirectory } from "./images.ts"
import { addDevice, type Device, type Ports, readLabFile, writeLabFile } from "./lab-file.ts"
import { withLock } from "./lock.ts"
import type { Machine, Socket } from "./machine.ts"
import { bootFileUrl } from "./network.ts"
import { isRunning } from "./process.ts"
import { sut } from "./sut.ts"
import { uefi } from "./uefi.ts"
import { vexpress } from "./vexpress.ts"
import { vm } from "./vm.ts"
import { x86 } from "./x86.ts"

/**
 * Plug machines in, powered off, and answer the path of the lab file that describes all that are plugged in
 * there. A machine that is plugged in already stays as it is.
 */
export async function up(
  directory: string,
  names: ReadonlyArray<string>,
  ports: { readonly [port in keyof Ports]: number | undefined },
): Promise<string> {
  const dir = resolve(directory)
  await mkdir(dir, { recursive: true, mode: 0o700 })
  return withLock(join(dir, "lock"), async () => {
    await mkdir(dir, { recursive: true, mode: 0o700 }) // lab down may have been faster
    let lab = await readLabFile(dir, ports)
    for (const name of names) {
      const machine = machineOf(name, { tftpPort: lab.dispatcher.tftp.port, image: imageDirectory })
      const device = await plugIn(dir, name, machine)
      lab = addDevice(lab, name, device)
      await writeLabFile(dir, lab)
    }
    return join(dir, "lab.json")
  })
}

/** Every kind of machine by the name that its number follows. */
const machines: Readonly<Record<string, (number: string, socket: Socket) => Machine>> = {
  highbank,
  "arm-virt": (number, socket) => armVirt("arm-virt", number, socket),
  "arm-virt-netboot": (number, socket) => armVirt("arm-virt-netboot", number, socket),
  vexpress,
  x86: (number, socket) => x86(number, "ipxe", socket),
  "x86-pxelinux": (number, socket) => x86(number, "pxelinux", socket),
  uefi,
  sut,
  vm: (_number, socket) => vm("telnet", socket),
  "vm-ssh": (_number, socket) => vm("ssh", socket),
}

function machineOf(name: string, socket: Socket): Machine {
  const [, kind = "", number = ""] = /^(.+)-(\d\d)$/.exec(name) ?? []
  const machine = machines[kind]
  if (machine) return machine(number, socket)
  const known = Object.keys(machines).map((known) => `${known}-01`)
  throw new LabError(
    `there is no machine "${name}": expected ${known.join(", ")} or another number`,
  )
}

async function plugIn(dir: string, name: string, machine: Machine): Promise<Device> {
  const home = machineDirectory(dir, name)
  if (!(await isRunning(home))) {
    await mkdir(home, { recursive: true })
    for (const [file, contents] of Object.entries(machine.files)) {
      await writeFile(join(home, file), contents)
    }
    for (const [file, source] of Object.entries(machine.copies ?? {})) {
      await cp(source, join(home, file), { mode: constants.COPYFILE_FICLONE })
    }
    if (machine.disk !== undefined) await makeDisk(join(home, "disk.img"), machine.disk)
    await startEmulator(home, name, machine)
  }
  const command = (action: string) => [join(import.meta.dirname, "lab"), action, name, "--dir", dir]
  return {
    device_type: machine.deviceType,
    ...(machine.mac !== undefined && { mac: machine.mac }),
    console: await consoleOf(home, machine),
    ...(machine.mac !== undefined && {
      network: {
        join: [...command("join"), "{PID}", "{BRIDGE}"],
        leave: command("leave"),
        ...(machine.bootFile !== undefined && {
          boot_file: bootFileUrl("{SERVER_IP}", "{TFTP_PORT}", machine.bootFile),
        }),
      },
    }),
    power:
      machine.deviceType === "vm"
        ? { qmp: { socket: join(home, "qmp") } }
        : { on: command("on"), off: command("off"), reset: command("reset") },
    tags: machine.tags,
    ...(machine.parameters && { parameters: machine.parameters }),
  }
}

/** Make a file of this size, or one that is there as large. */
async function makeDisk(path: string, size: number): Promise<void> {
  await (await open(path, "a")).close()
  await truncate(path, size)
}

/** Start the machine's QEMU, halted. It goes to the background by itself once its console and monitor are there. */
async function startEmulator(home: string, name: string, machine: Machine): Promise<void> {
  const chardev = {
    serial: "pty,id=console",
    telnet: "socket,id=console,host=127.0.0.1,port=0,server=on,wait=off,telnet=on",
    ssh: "null,id=console",
  }[machine.console]
  const common = [
    ["-name", name, "-S", "-no-shutdown", "-daemonize", "-pidfile", "pid", "-D", "qemu.log"],
    ["-display", "none", "-monitor", "none", "-parallel", "none"],
    ["-chardev", chardev, "-serial", "chardev:console", "-qmp", "unix:qmp,server=on,wait=off"],
    // QEMU 7.2 notices a socket that the guest's own thread opened only when its main loop wakes up, up to a
    // second later; an idle filter's timer wakes it 200 times a second while the machine runs.
    ["-netdev", "hubport,id=idle,hubid=1"],
    ["-object", "filter-buffer,id=tick,netdev=idle,interval=5000"],
  ]
  const options = [...machine.options, ...common].flat()
  await promisify(execFile)(machine.emulator, options, { cwd: home }).catch(
    async (error: NodeJS.ErrnoException & { readonly stderr?: string }) => {
      await rm(home, { recursive: true, force: true })
      throw new LabError(
        error.code === "ENOENT"
          ? `${machine.emulator} is not installed: run lab setup`
          : `${name} does not start: ${(error.stderr || error.message).trim().split("\n").at(-1)}`,
      )
    },
  )
}
