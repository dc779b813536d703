import { constants } from "node:fs"
import { cp, mkdir, open, rm, truncate, writeFile } from "node:fs/promises"
import { join, resolve } from "node:path"
import { consoleOf } from "./console.ts"
import { machineDirectory } from "./directory.ts"
import { startEmulator } from "./emulator.ts"
import { imageDirectory } from "./images.ts"
import { addDevice, type Device, type Ports, readLabFile, writeLabFile } from "./lab-file.ts"
import { withLock } from "./lock.ts"
import type { Machine } from "./machine.ts"
import { machineOf } from "./machines.ts"
import { bootFileUrl } from "./network.ts"
import { isRunning } from "./process.ts"

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
    await startEmulator(home, name, machine).catch(async (error: unknown) => {
      await rm(home, { recursive: true, force: true })
      throw error
    })
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
    ...(machine.takesFirmware && {
      flasher: { commands: [[...command("flash"), "{U_BOOT}"]], restore: [command("unflash")] },
    }),
    tags: machine.tags,
    ...(machine.parameters && { parameters: machine.parameters }),
  }
}

/** Make a file of this size, or one that is there as large. */
async function makeDisk(path: string, size: number): Promise<void> {
  await (await open(path, "a")).close()
  await truncate(path, size)
}
